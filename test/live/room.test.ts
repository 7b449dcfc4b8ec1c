import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import type { Cluster } from '../../src/cli/cluster/cluster-file.ts';
import { recordOf } from '../../src/cli/cluster/node-record.ts';
import { freePorts } from '../../src/cli/up/ports.ts';
import type { RunningProcess } from '../../src/live/options.ts';
import { startProcess } from '../../src/live/process.ts';
import { createNodeLog } from '../../src/operate/logger.ts';
import { createOperating } from '../../src/operate/operating.ts';
import { statusSchema } from '../../src/operate/status-schema.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import { formatNodeFolder, openNodeFolder } from '../../src/storage/node-folder.ts';
import { SOON } from '../support/live/live-cluster.ts';

let folder: string;
let cluster: Cluster;
let lines: string[];
const running = new Map<string, RunningProcess>();

/** One data server, whose groups may have 20,000 bytes of state, and one front end, in this process. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-room-'));
  lines = [];
  const [server = 0, frontEnd = 0] = await freePorts(2);
  cluster = {
    service: 'tickets',
    topology: { clusterId: 'tickets-1', servers: ['s1'], frontEnds: ['f1'], groups: ['events', 'users'] },
    addresses: { s1: `127.0.0.1:${server}`, f1: `127.0.0.1:${frontEnd}` },
  };
  for (const node of ['s1', 'f1']) await formatNodeFolder(join(folder, node), recordOf(cluster, node));
  await start('s1', 20_000);
  await start('f1', 20_000);
  await ready();
}, 60_000);

afterEach(async () => {
  await Promise.all([...running.values()].map((process) => process.stop()));
  await rm(folder, { recursive: true });
});

async function start(node: string, stateSizeAtMost: number): Promise<void> {
  const output = { write: (text: string) => void lines.push(text), flush: () => undefined, dropped: () => 0 };
  const log = createNodeLog({ node, level: 'warn', format: 'json', output });
  const routes = node === 's1' ? (tickets.serverRoutes ?? []) : tickets.routes;
  const operating = createOperating({ log, title: 'tickets', version: '0.0.0', routes });
  const process = await startProcess({
    folder: await openNodeFolder(join(folder, node)),
    addresses: cluster.addresses,
    service: tickets,
    settings: { ...DEFAULT_SETTINGS, stateSizeAtMost },
    host: '127.0.0.1',
    port: Number(cluster.addresses[node]?.split(':')[1]),
    log: (line, level) => log.say(line, level),
    observer: operating.observer,
    operatorPaths: (view, own) => operating.operatorPaths(view, own),
    failed: (error) => {
      throw error;
    },
    dismissed: () => undefined,
  });
  running.set(node, process);
}

function at(node: string, path: string): string {
  return `http://${cluster.addresses[node]}${path}`;
}

async function ready(): Promise<void> {
  for (const node of ['s1', 'f1']) {
    await vi.waitFor(async () => expect((await fetch(at(node, '/readyz'))).status).toBe(200), SOON);
  }
}

async function create(username: string): Promise<number> {
  return (await fetch(at('f1', '/users/create'), { method: 'POST', body: JSON.stringify({ username }) })).status;
}

async function readOnly(): Promise<unknown> {
  return statusSchema.parse(await (await fetch(at('s1', '/status'))).json()).groups['users']?.readOnly;
}

it('A group over its quota takes no writes, says so everywhere, reads on, and writes with a larger one', async () => {
  let taken = 0;
  await vi.waitFor(
    async () => {
      const status = await create(`user ${taken} ${'x'.repeat(150)}`);
      if (status === 200) taken += 1;
      expect([status, await readOnly()]).toEqual([507, [{ node: 's1', of: 'state' }]]);
    },
    { timeout: 20_000, interval: 1 },
  );
  expect(taken).toBeGreaterThan(10);
  expect(lines.join('')).toContain('takes no writes that need room');
  expect(await (await fetch(at('s1', '/metrics'))).text()).toMatch(/^understudy_read_only\{.*group="users".*\} 1$/m);
  const users = await fetch(at('f1', '/users/0'));
  expect(users.status).toBe(200);
  expect(
    await fetch(at('f1', '/events/create'), { method: 'POST', body: '{"userid":0,"eventname":"e","numtickets":1}' }),
  ).toMatchObject({ status: 200 });

  await running.get('s1')?.stop();
  await start('s1', 10_000_000);
  await ready();
  await vi.waitFor(async () => expect(await create('one more')).toBe(200), SOON);
  expect(await readOnly()).toEqual([]);
}, 60_000);
