import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { STATE_PATH, stateAnswer } from '../../src/live/admin/state-path.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret } from '../../src/security/secret.ts';
import { openWitnesses } from '../support/live/history-clients.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';
import { expectConserved } from '../support/live/ticket-sales.ts';

const PATIENT = 600_000;
const READY = { ...SOON, timeout: 180_000 };

const SERVICE = fileURLToPath(new URL('../../src/apps/tickets/service.ts', import.meta.url));

const FIRST = `export { tickets as service } from ${JSON.stringify(SERVICE)};\n`;

/** Version 2 of the users' group counts the tickets that users get in a field of its own. */
function second(previous: string): string {
  return `import { tickets } from ${JSON.stringify(SERVICE)};
const raised = (app) => ({
  ...app,
  version: 2,
  ${previous}
  migrate: (state) => ({ ...state, sales: 0 }),
  apply(state, command, context) {
    const step = app.apply(state, command, context);
    if (command.type !== 'add' || step.outcome?.type !== 'accepted') return step;
    return { ...step, state: { ...step.state, sales: state.sales + 1 } };
  },
});
export const service = { ...tickets, apps: tickets.apps.map((app) => (app.name === 'users' ? raised(app) : app)) };
`;
}

const SECOND = second('previous: app,');
const WITHOUT_FIRST = second('');

let folder: string;
let module: string;
let cluster: LiveCluster;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-builds-'));
  module = join(folder, 'service.ts');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  await writeFile(module, FIRST);
  cluster = await startCluster({ service: tickets, module });
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
});

describe('A cluster whose service gets a second version', { timeout: PATIENT }, () => {
  it('is upgraded node by node while clients buy: no request fails, and all states are equal', async () => {
    const { house, witnesses } = await openWitnesses(cluster);

    // A build without the first version is mute as long as the group is of the first one: it says so, and others serve.
    await deploy('s1', WITHOUT_FIRST, 'stopped');
    await vi.waitFor(async () => expect(await readiness('s1')).toEqual([503, expect.stringContaining(LACKS)]), READY);
    await witnesses.see(20);

    for (const [node, how] of [
      ['s1', 'stopped'],
      ['f2', 'stopped'],
      ['s3', 'killed'],
      ['f1', 'stopped'],
    ] as const) {
      await deploy(node, SECOND, how);
      await ready(node);
      await cluster.voters();
      await witnesses.see(10);
      expect(await versions()).toEqual([1, 1, 1]);
    }
    await deploy('s2', SECOND, 'stopped');
    await ready('s2');
    await vi.waitFor(async () => expect(await versions()).toEqual([2, 2, 2]), READY);
    await witnesses.see(20);

    // All have a snapshot of the second version: the first one is needed no more.
    const primary = await cluster.primary('users');
    await vi.waitFor(async () => expect((await code(primary))?.neededFrom).toBe(2), READY);
    for (const node of ['s2', 's1', 's3']) {
      await deploy(node, WITHOUT_FIRST, 'killed');
      await ready(node);
      await cluster.voters();
      await witnesses.see(10);
    }
    await witnesses.close();
    witnesses.agree();
    await cluster.whole();
    await expectConserved(cluster, house, witnesses.sold());
    expect(new Set(await Promise.all(cluster.servers.map(states))).size).toBe(1);
  });
});

const LACKS = 'users: it lacks the code of version 1, and has version 2';

/** The node's next process reads this file. */
async function deploy(node: string, source: string, how: 'stopped' | 'killed'): Promise<void> {
  await writeFile(module, source);
  if (how === 'killed') await cluster.kill(node);
  else expect(await cluster.stop(node)).toBe('exit code 0');
  cluster.start(node);
  await vi.waitFor(async () => expect(await cluster.status(node)).toBeDefined(), READY);
}

async function readiness(node: string): Promise<readonly [number, string]> {
  const answer = await fetch(`http://${cluster.address(node)}/readyz`);
  return [answer.status, await answer.text()];
}

async function ready(node: string): Promise<void> {
  await vi.waitFor(async () => expect(await readiness(node)).toEqual([200, expect.anything()]), READY);
}

async function code(node: string) {
  return (await cluster.status(node))?.groups['users']?.code;
}

async function versions(): Promise<readonly (number | undefined)[]> {
  return Promise.all(cluster.servers.map(async (node) => (await code(node))?.active));
}

/** The hashes of all that a server has. */
async function states(node: string): Promise<string> {
  const credentials = { secret: await readSecret(cluster.secretFile), tls: undefined };
  const answer = await callSigned(cluster.address(node), { method: 'GET', path: STATE_PATH }, credentials);
  const { groups } = stateAnswer.parse(JSON.parse(answer.body));
  return JSON.stringify(Object.entries(groups).map(([group, { machine }]) => [group, machine]));
}
