import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';

const PATIENT = 600_000;

const SERVICE = fileURLToPath(new URL('../../src/apps/tickets/service.ts', import.meta.url));

const FIRST = `export { tickets as service } from ${JSON.stringify(SERVICE)};\n`;

/** Version 2 of the users' group, whose migration never ends. */
const HANGING = `import { tickets } from ${JSON.stringify(SERVICE)};
const raised = (app) => ({
  ...app,
  version: 2,
  previous: app,
  migrate: () => {
    for (;;);
  },
});
export const service = { ...tickets, apps: tickets.apps.map((app) => (app.name === 'users' ? raised(app) : app)) };
`;

let folder: string;
let module: string;
let cluster: LiveCluster;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-hanging-'));
  module = join(folder, 'service.ts');
  await writeFile(module, FIRST);
  cluster = await startCluster({ module, frontEnds: 1 });
}, PATIENT);

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.error(cluster.logs());
  await cluster.remove();
  await rm(folder, { recursive: true, force: true });
});

describe('A migration that never ends', { timeout: PATIENT }, () => {
  it('costs the server that tries it; the others serve, and none of them tries it', async () => {
    const client = cluster.client();
    expect(await client.post('/users/create', { username: 'ada' })).toMatchObject({ userid: 0 });
    await writeFile(module, HANGING);
    await cluster.kill(...cluster.servers);
    for (const server of cluster.servers) cluster.start(server);

    await vi.waitFor(() => expect(tryers()).toHaveLength(1), SOON);
    const [hanging] = tryers();
    const others = cluster.servers.filter((server) => server !== hanging);
    expect(await client.post('/users/create', { username: 'bob' })).toMatchObject({ userid: 1 });
    await vi.waitFor(async () => expect(others).toContain(await cluster.primary('users')), SOON);

    // Until the hanging server has lost its vote, and the next primary has had time to try as well.
    await vi.waitFor(async () => expect(await votersOf(await cluster.primary('users'))).toEqual(others), SOON);
    expect(await client.post('/users/create', { username: 'cleo' })).toMatchObject({ userid: 2 });
    await vi.waitFor(() => expect(said('awaits-trial', others).length).toBeGreaterThan(0), SOON);
    expect(tryers()).toEqual([hanging]);
    for (const server of others) {
      const ready = await fetch(`http://${cluster.address(server)}/readyz`);
      expect([server, ready.status]).toEqual([server, 200]);
    }
  });
});

/** The servers that have said that they try the migration. */
function tryers(): readonly string[] {
  return cluster.servers.filter((server) => said('tries-migration', [server]).length > 0);
}

function said(event: string, nodes: readonly string[]): readonly string[] {
  return nodes.flatMap((node) => cluster.logLines(node).filter((line) => line.includes(`event=${event} `)));
}

async function votersOf(node: string): Promise<readonly string[] | undefined> {
  const status = await cluster.status(node);
  return status?.groups['users']?.members.flatMap((one) =>
    one.votes > 0 && one.node.startsWith('s') ? [one.node] : [],
  );
}
