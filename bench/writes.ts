/**
 * Durable writes through a front end: how many a second, and how long one takes, at 1, 16 and 64 clients.
 *
 *     node --import tsx bench/writes.ts [--seconds 5] [--servers 3] [--json]
 *
 * Each write is `POST /users/create`, answered when every data server has it on disk. All processes run on this machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { tickets } from '../src/apps/tickets/service.ts';
import { startChild } from '../src/cli/child.ts';
import { nodesOf } from '../src/cli/cluster-file.ts';
import { prepareFolder } from '../src/cli/cluster-folder.ts';
import { assignPorts, refuseBusyPorts } from '../src/cli/ports.ts';
import { awaitPrimaries } from '../src/cli/readiness.ts';

interface Figures {
  readonly clients: number;
  readonly writes: number;
  readonly perSecond: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

const CLIENTS = [1, 16, 64];
const PORT = 24_560;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    servers: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
const { file, cluster, release } = await prepareFolder({
  folder: join(folder, 'cluster'),
  service: tickets,
  servers: Number(values.servers),
  frontEnds: 2,
  fresh: false,
  assign: (topology) => assignPorts(topology, PORT, undefined),
  check: refuseBusyPorts,
});
const children = nodesOf(cluster.topology).map((node) =>
  startChild({ node, cluster, file, verbose: false, holdFor: undefined, output: 'ignore' }),
);
try {
  const missing = await awaitPrimaries(children, cluster, 30_000, () => false);
  if (missing !== undefined) throw new Error(missing);
  // Compilers and connections warm up before anything counts.
  await measure(16, 2);
  const figures: Figures[] = [];
  for (const clients of CLIENTS) figures.push(await measure(clients, Number(values.seconds)));
  show(figures);
} finally {
  for (const child of children) child.stop(3_000);
  await Promise.all(children.map((child) => child.exited));
  await release();
  await rm(folder, { recursive: true, force: true });
}

/** `clients` connections, each with one write after the other. */
async function measure(clients: number, seconds: number): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  const durations: number[] = [];
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < endsAt) {
        const sentAt = performance.now();
        await write(agent);
        durations.push(performance.now() - sentAt);
      }
    }),
  );
  const elapsed = (performance.now() - startedAt) / 1_000;
  agent.destroy();
  durations.sort((a, b) => a - b);
  const quantile = (share: number): number => round(durations[Math.floor(durations.length * share)] ?? Number.NaN);
  return {
    clients,
    writes: durations.length,
    perSecond: Math.round(durations.length / elapsed),
    p50Millis: quantile(0.5),
    p99Millis: quantile(0.99),
  };
}

function write(agent: Agent): Promise<void> {
  const body = '{"username":"ada"}';
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const options = { host: '127.0.0.1', port: PORT, path: '/users/create', method: 'POST', agent, headers };
    const sent = request(options, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`status ${response.statusCode ?? 'unknown'}`)),
      );
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

function show(figures: readonly Figures[]): void {
  if (values.json) {
    for (const figure of figures)
      console.log(JSON.stringify({ bench: 'writes', servers: Number(values.servers), ...figure }));
    return;
  }
  const table = new Table({
    head: ['clients', 'writes', 'writes/s', 'p50 ms', 'p99 ms'],
    style: { head: [], border: [] },
  });
  for (const { clients, writes, perSecond, p50Millis, p99Millis } of figures) {
    table.push([clients, writes, perSecond, p50Millis, p99Millis]);
  }
  console.log(table.toString());
}

function round(millis: number): number {
  return Math.round(millis * 100) / 100;
}
