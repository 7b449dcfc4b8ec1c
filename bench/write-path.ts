/**
 * Cost of a write: CPU, sleeps and durable writes of every process per acknowledged write, and by kind of work.
 *
 *     node --import tsx bench/write-path.ts [--seconds 0.6] [--rounds 12] [--clients 1,16,64,256] [--profile] [--functions 40] [--json]
 *
 * `POST /users/create` through one front end of a cluster of three with two front ends. CPU time, not wall time: it is
 * nearly unaffected by other load of the machine. Linux only.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { fetchStatus } from '../src/cli/status/fetch-status.ts';
import type { Child } from '../src/cli/up/node-process.ts';
import type { Figures } from './parts/figures.ts';
import { load, type LoadRequest, post } from './parts/load.ts';
import { startOwnCluster } from './parts/own-cluster.ts';
import { type Usage, usageOf, usedBetween } from './parts/proc.ts';
import { functionsOf, sharesOf } from './parts/profile.ts';

const PORT = 24_700;
const HOST = '127.0.0.1';
const GROUP = 'users';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '0.6' },
    rounds: { type: 'string', default: '12' },
    clients: { type: 'string', default: '1,16,64,256' },
    profile: { type: 'boolean', default: false },
    functions: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const request: LoadRequest = {
  host: HOST,
  port: PORT,
  text: () => post(HOST, PORT, '/users/create', '{"username":"ada"}'),
};

/** The cost of one write in one process, or in all of one role together. */
interface Share extends Usage {
  readonly role: string;
  readonly syncs: number;
}

interface Round {
  readonly figures: Figures;
  readonly shares: readonly Share[];
  readonly kinds: ReadonlyMap<string, number>;
  readonly functions: ReadonlyMap<string, number>;
}

const profiler = new URL('parts/profile-child.mjs', import.meta.url).href;
const environment = values.profile ? { NODE_OPTIONS: `--import ${profiler}` } : {};
const cluster = await startOwnCluster(PORT, { environment });
try {
  const roles = await rolesOf(cluster.children());
  await load(request, 64, 4);
  for (const clients of values.clients.split(',').map(Number)) {
    const rounds: Round[] = [];
    while (rounds.length < Number(values.rounds)) rounds.push(await measure(roles, clients));
    report(clients, rounds);
  }
} finally {
  await cluster.stop();
}

async function rolesOf(children: readonly Child[]): Promise<ReadonlyMap<Child, string>> {
  const [asked] = cluster.cluster.topology.frontEnds;
  const { frontEnd } = await fetchStatus(`${HOST}:${PORT}`);
  const primary = frontEnd?.primaries[GROUP]?.primary;
  return new Map(
    children.map((child) => {
      if (child.kind === 'server') return [child, child.node === primary ? 'primary' : 'secondaries'];
      return [child, child.node === asked ? 'front end' : 'other front end'];
    }),
  );
}

async function measure(roles: ReadonlyMap<Child, string>, clients: number): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-profiles-'));
  const before = await takeStock(roles);
  if (values.profile) for (const child of roles.keys()) child.tell({ type: 'profile' });
  const figures = await load(request, clients, Number(values.seconds));
  const profiles = values.profile ? await profilesOf([...roles.keys()], folder) : [];
  const after = await takeStock(roles);
  await rm(folder, { recursive: true, force: true });
  const perWrite = (micros: number): number => micros / figures.requests;
  const shares = [...before].map(([role, { usage, syncs }]): Share => {
    const end = after.get(role);
    const used = usedBetween(usage, end?.usage ?? usage);
    return {
      role,
      main: perWrite(used.main),
      others: perWrite(used.others),
      sleeps: perWrite(used.sleeps),
      reads: perWrite(used.reads),
      writes: perWrite(used.writes),
      syncs: perWrite((end?.syncs ?? syncs) - syncs),
    };
  });
  const summed = (sharesIn: (text: string) => ReadonlyMap<string, number>): ReadonlyMap<string, number> => {
    const sums = new Map<string, number>();
    for (const profile of profiles) {
      for (const [name, micros] of sharesIn(profile)) sums.set(name, (sums.get(name) ?? 0) + perWrite(micros));
    }
    return sums;
  };
  return { figures, shares, kinds: summed(sharesOf), functions: summed(functionsOf) };
}

/** The usage of each role so far, and of the load generator, which is this process. */
async function takeStock(
  roles: ReadonlyMap<Child, string>,
): Promise<ReadonlyMap<string, { readonly usage: Usage; readonly syncs: number }>> {
  const stock = new Map<string, { readonly usage: Usage; readonly syncs: number }>();
  for (const [child, role] of roles) {
    const [usage, syncs] = [usageOf(child.pid), await syncsOf(child)];
    const known = stock.get(role);
    stock.set(
      role,
      known === undefined ? { usage, syncs } : { usage: sum(known.usage, usage), syncs: known.syncs + syncs },
    );
  }
  return stock.set('generator', { usage: usageOf(process.pid), syncs: 0 });
}

function sum(a: Usage, b: Usage): Usage {
  return {
    main: a.main + b.main,
    others: a.others + b.others,
    sleeps: a.sleeps + b.sleeps,
    reads: a.reads + b.reads,
    writes: a.writes + b.writes,
  };
}

async function syncsOf(child: Child): Promise<number> {
  const metrics = await (await fetch(`http://${child.address}/metrics`)).text();
  return Number(new RegExp(`^understudy_write_seconds_count{group="${GROUP}"} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0);
}

async function profilesOf(children: readonly Child[], folder: string): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const child of children) {
    const file = join(folder, `${child.node}.cpuprofile`);
    child.tell({ type: 'profiled', file });
    for (let waits = 0; !existsSync(file); waits += 1) {
      if (waits > 600) throw new Error(`${child.node} gave no profile`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    texts.push(await readFile(file, 'utf8'));
  }
  return texts;
}

function report(clients: number, rounds: readonly Round[]): void {
  // Other load of the machine makes rounds dearer, never cheaper.
  const cost = ({ shares }: Round): number =>
    shares.filter(({ role }) => role !== 'generator').reduce((all, { main, others }) => all + main + others, 0);
  const sorted = [...rounds].sort((a, b) => cost(a) - cost(b));
  const best = sorted[Math.floor(rounds.length / 5)];
  if (best === undefined) return;
  const { perSecond, p10Millis, p50Millis, p99Millis, failed } = best.figures;
  if (values.json) {
    const [kinds, functions] = [Object.fromEntries(best.kinds), Object.fromEntries(best.functions)];
    console.log(JSON.stringify({ bench: 'write-path', ...best.figures, shares: best.shares, kinds, functions }));
    return;
  }
  const all = sorted.map((round) => Math.round(cost(round))).join(', ');
  console.log(
    `${clients} clients: ${perSecond} writes/s, p10 ${p10Millis} p50 ${p50Millis} p99 ${p99Millis} ms, ${failed} failed; µs of CPU a write by round, sorted: ${all}`,
  );
  const table = new Table({
    head: [
      'role',
      'CPU µs',
      'of it JavaScript thread',
      'other threads',
      'sleeps',
      'read calls',
      'write calls',
      'durable writes',
    ],
    style: { head: [], border: [] },
  });
  for (const { role, main, others, sleeps, reads, writes, syncs } of best.shares) {
    const counts = [sleeps, reads, writes, syncs].map((count) => count.toFixed(2));
    table.push([role, ...[main + others, main, others].map(Math.round), ...counts]);
  }
  console.log(table.toString());
  if (values.profile) console.log(listOf(best.kinds, 40));
  if (Number(values.functions) > 0) console.log(listOf(best.functions, Number(values.functions)));
}

function listOf(sums: ReadonlyMap<string, number>, atMost: number): string {
  const sorted = [...sums].sort(([, a], [, b]) => b - a).slice(0, atMost);
  return sorted.map(([name, micros]) => `${micros.toFixed(1).padStart(7)}  ${name}`).join('\n');
}
