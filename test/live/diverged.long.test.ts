import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { STATE_PATH, stateAnswer } from '../../src/live/admin/state-path.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret } from '../../src/security/secret.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';

const PATIENT = 600_000;

const SERVICE = fileURLToPath(new URL('../../src/apps/tickets/service.ts', import.meta.url));

const BIN = fileURLToPath(new URL('../../bin/understudy.mjs', import.meta.url));

const RIGHT = `export { tickets as service } from ${JSON.stringify(SERVICE)};\n`;

/** Gives the first user that a process creates another name: as a service does that keeps something outside of its state. */
const WRONG = `import { tickets } from ${JSON.stringify(SERVICE)};
let hasStrayed = false;
const straying = (app) => ({
  ...app,
  apply(state, command, context) {
    if (command.type !== 'create' || hasStrayed) return app.apply(state, command, context);
    hasStrayed = true;
    return app.apply(state, { ...command, username: 'another name' }, context);
  },
});
export const service = { ...tickets, apps: tickets.apps.map((app) => (app.name === 'users' ? straying(app) : app)) };
`;

let folder: string;
let module: string;
let cluster: LiveCluster;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-diverged-'));
  module = join(folder, 'service.ts');
  await writeFile(module, RIGHT);
  cluster = await startCluster({ module, flags: ['--setting', 'compareEvery=1000', '--setting', 'reads=spread'] });
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('A data server whose state differs from the others’', { timeout: PATIENT }, () => {
  it.each([
    ['a secondary', (primary: string, nodes: readonly string[]) => nodes.find((node) => node !== primary)],
    ['the primary', (primary: string) => primary],
  ])('is found, says so, shows it to no client from then on, and is given a full copy: %s', async (which, choose) => {
    const wrong = choose(await cluster.primary('users'), cluster.servers) ?? '';
    await writeFile(module, WRONG);
    expect(await cluster.stop(wrong)).toBe('exit code 0');
    cluster.start(wrong);
    await cluster.voters();
    if (which === 'the primary') await handOver(wrong);

    const made = await cluster.client().post('/users/create', { username: 'ada' });
    expect(made).toMatchObject({ userid: 0 });

    // Its copy comes within milliseconds: only its log is sure to have kept what it said meanwhile.
    await vi.waitFor(() => expect(logOf(wrong)).toContain(`event=diverged nodeId=${wrong}`), SOON);
    const names = readNames();
    await vi.waitFor(async () => expect(await states()).toHaveLength(1), SOON);
    await cluster.voters();
    await vi.waitFor(async () => expect(await readiness(wrong)).toEqual([200, expect.anything()]), SOON);
    expect([...(await names.stop())]).toEqual(['ada']);
  });
});

/** Hands the lead of the users over to `node`, by the command. */
async function handOver(node: string): Promise<void> {
  const where = ['--at', cluster.address(node), '--secret-file', cluster.secretFile];
  const command = [BIN, 'transfer', 'users', '--to', node, ...where];
  await vi.waitFor(() => promisify(execFile)(process.execPath, command), SOON);
  expect(await cluster.primary('users')).toBe(node);
}

function logOf(node: string): string {
  return readFileSync(join(dirname(dirname(cluster.file)), `${node}.log`), 'utf8');
}

/** Reads the first user’s name at both front ends, again and again: every name that was answered. */
function readNames() {
  const names = new Set<unknown>();
  const ending = new AbortController();
  const looking = cluster.bases.map((base) =>
    looksUntil(ending.signal, async () => {
      const answer = await fetch(`${base}/users/0`, { headers: { 'understudy-read': 'session' } });
      if (answer.status === 200) names.add(nameIn(await answer.json()));
    }),
  );
  return {
    async stop() {
      ending.abort();
      await Promise.all(looking);
      return names;
    },
  };
}

function nameIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null && 'username' in body ? body.username : body;
}

async function looksUntil(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    // A server that leads no more, or a front end without a primary, may refuse a while.
    await look().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function readiness(node: string): Promise<readonly [number, string]> {
  const answer = await fetch(`http://${cluster.address(node)}/readyz`);
  return [answer.status, await answer.text()];
}

/** The hashes of the users’ states, each once. */
async function states(): Promise<readonly unknown[]> {
  const credentials = { secret: await readSecret(cluster.secretFile), tls: undefined };
  const all = await Promise.all(
    cluster.servers.map(async (node) => {
      const answer = await callSigned(cluster.address(node), { method: 'GET', path: STATE_PATH }, credentials);
      return stateAnswer.parse(JSON.parse(answer.body)).groups['users']?.machine;
    }),
  );
  return [...new Set(all.map((one) => JSON.stringify(one)))];
}
