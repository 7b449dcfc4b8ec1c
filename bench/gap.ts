/**
 * Time without service after `kill -9` of the primary, as a client sees it, beside etcd's.
 *
 *     node --import tsx bench/gap.ts [--times 20] [--json]
 *
 * One client writes in a loop through a process that stays up; a write that fails or times out is sent again at once.
 * The gap is the longest time between two acknowledged writes around the kill. The dead process is restarted, and all
 * members are well again, before the next one is killed.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { fetchStatus } from '../src/cli/status/fetch-status.ts';
import { type EtcdCluster, hasEtcd, startEtcd } from './parts/etcd.ts';
import { type Connection, open, post } from './parts/load.ts';
import { type OwnCluster, startOwnCluster } from './parts/own-cluster.ts';

const OWN_PORT = 24_560;
const ETCD_PORT = 24_600;
const HOST = '127.0.0.1';
/** The pause between two writes, and the timeout of one, in milliseconds. */
const PAUSE = 2;
const PATIENCE = 300;

const { values } = parseArgs({
  options: { times: { type: 'string', default: '20' }, json: { type: 'boolean', default: false } },
});
const times = Number(values.times);
const table = new Table({ head: ['peer', 'median ms', 'worst ms', 'best ms'], style: { head: [], border: [] } });

const cluster = await startOwnCluster(OWN_PORT);
try {
  report('understudy', await gapsOf(() => ownGap(cluster)));
} finally {
  await cluster.stop();
}
if (hasEtcd()) {
  for (const [name, timers] of [
    ['etcd, its defaults', undefined],
    ['etcd, 20/200 ms', { heartbeat: 20, election: 200 }],
  ] as const) {
    const etcd = await startEtcd(ETCD_PORT, timers);
    try {
      report(name, await gapsOf(() => etcdGap(etcd)));
    } finally {
      await etcd.stop();
    }
  }
}

if (!values.json) console.log(table.toString());

/** With `--json` each peer is printed at once: the whole takes minutes. */
function report(name: string, gaps: readonly number[]): void {
  const sorted = gaps.map(Math.round).sort((a, b) => a - b);
  const [best, median, worst] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  if (values.json) console.log(JSON.stringify({ bench: 'gap', name, median, worst, best, gaps: sorted }));
  else table.push([name, median, worst, best]);
}

async function gapsOf(once: () => Promise<number>): Promise<readonly number[]> {
  const gaps: number[] = [];
  while (gaps.length < times) gaps.push(await once());
  return gaps;
}

async function ownGap(own: OwnCluster): Promise<number> {
  await own.ready();
  const { servers, frontEnds } = own.cluster.topology;
  await whole(own);
  const [frontEnd] = frontEnds;
  const status = await fetchStatus(own.cluster.addresses[frontEnd ?? ''] ?? '');
  const primary = status.frontEnd?.primaries['users']?.primary ?? servers[0];
  const victim = own.children().find(({ node }) => node === primary);
  if (victim === undefined) throw new Error('the group has no primary');
  const gap = await gapAround(
    OWN_PORT,
    () => post(HOST, OWN_PORT, '/users/create', '{"username":"ada"}'),
    () => process.kill(victim.pid, 'SIGKILL'),
  );
  await victim.exited;
  own.restart(victim.node);
  return gap;
}

/** Resolves when every data server votes again in every group. */
async function whole(own: OwnCluster): Promise<void> {
  const { servers } = own.cluster.topology;
  for (;;) {
    const statuses = await Promise.all(
      servers.map((node) => fetchStatus(own.cluster.addresses[node] ?? '').catch(() => undefined)),
    );
    const groups = statuses.flatMap((status) => Object.values(status?.groups ?? {}));
    const isWhole = groups.every(({ members }) =>
      servers.every((node) => members.some((member) => member.node === node && member.voter)),
    );
    if (statuses.every((status) => status !== undefined) && isWhole) return;
    await pause(100);
  }
}

async function etcdGap(etcd: EtcdCluster): Promise<number> {
  await etcd.ready();
  await pause(1_000);
  const leading = await Promise.all(etcd.members().map((member) => member.isLeader()));
  const leader = etcd.members()[leading.indexOf(true)];
  const asked = etcd.members().find((member) => member !== leader);
  if (leader === undefined || asked === undefined) throw new Error('etcd has no leader');
  let number = 0;
  const text = (): string => {
    number += 1;
    const key = Buffer.from(`gap-${number}`).toString('base64');
    return post(HOST, asked.port, '/v3/kv/put', `{"key":"${key}","value":"YWRh"}`);
  };
  const exited = new Promise((resolve) => leader.process.once('exit', resolve));
  const gap = await gapAround(asked.port, text, () => leader.process.kill('SIGKILL'));
  await exited;
  etcd.restart(leader.name);
  return gap;
}

/**
 * The longest time between two acknowledged writes at `port` around `kill`; a write beyond its timeout fails the bench.
 */
async function gapAround(port: number, text: () => string, kill: () => void): Promise<number> {
  let connection: Connection = await open({ host: HOST, port });
  let lastAt = performance.now();
  let longest = 0;
  const killAt = lastAt + 500 + Math.random() * 200;
  let killedAt: number | undefined;
  // Service is back once writes have been acknowledged for a while after the gap.
  while (killedAt === undefined || lastAt < killedAt + 3_000) {
    if (killedAt === undefined && performance.now() >= killAt) {
      killedAt = performance.now();
      kill();
      longest = 0;
    }
    const answered = await Promise.race([connection.ask(text()), pause(PATIENCE).then(() => undefined)]);
    const now = performance.now();
    if (answered === 200) {
      longest = Math.max(longest, now - lastAt);
      lastAt = now;
    } else {
      connection.close();
      connection = await open({ host: HOST, port });
    }
    if (killedAt !== undefined && now > killedAt + 60_000) throw new Error('service did not come back within a minute');
    await pause(PAUSE);
  }
  connection.close();
  return longest;
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
