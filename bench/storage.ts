import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { List, Map } from 'immutable';
import { tickets } from '../src/apps/tickets/service.ts';
import type { Entry, LogBase } from '../src/protocol/model/entry.ts';
import { NO_EPOCH } from '../src/protocol/model/epoch.ts';
import { chain } from '../src/protocol/model/log.ts';
import { initialMachine, type Snapshot } from '../src/protocol/model/machine.ts';
import { NOTHING_PLANTED } from '../src/protocol/model/mutants.ts';
import { DEFAULT_SETTINGS } from '../src/protocol/model/settings.ts';
import { firstConfiguration, firstDiskId } from '../src/protocol/model/topology.ts';
import { blankReplica } from '../src/protocol/replica/replica.ts';
import { step } from '../src/protocol/step.ts';
import { formatStore, openStore, type Store } from '../src/storage/store.ts';

/**
 * Speed of the live disk: durable writes, compaction, the cost of a large snapshot for the event loop, and the start of
 * a replica with so many records (state and remembered results) and the entries behind them.
 *
 *     node --import tsx bench/storage.ts [RECORDS]
 */
const GENESIS: LogBase = { index: 0, epoch: NO_EPOCH, hash: 2 ** 52 + 1, lamport: 0, wall: 0 };
const EPOCH = { counter: 3, nodeId: 's1' };
const CONFIGURATION = { voters: [], learners: [] };
const RECORDS = Number(process.argv[2] ?? 200_000);

const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
try {
  await formatStore(folder);
  const store = await openStore(folder, 1);
  const last = await measureWrites(store);
  await store.close();
  const reopened = await measureOpening();
  await measureSnapshot(reopened, last);
  await reopened.close();
  await measureStart();
} finally {
  await rm(folder, { recursive: true });
}

async function measureWrites(store: Store): Promise<LogBase> {
  let last: LogBase = GENESIS;
  for (const [batch, rounds] of [
    [1, 2_000],
    [16, 1_000],
    [64, 500],
    [512, 200],
  ] as const) {
    const batches: Entry[][] = [];
    for (let round = 0; round < rounds; round += 1) {
      const entries = entriesAfter(last, batch);
      batches.push(entries);
      last = entries.at(-1) ?? last;
    }
    const startedAt = performance.now();
    for (const entries of batches) await store.write([{ type: 'append', entries }]);
    const millis = performance.now() - startedAt;
    const perSecond = Math.round((batch * rounds * 1_000) / millis);
    console.log(`writes of ${batch}: ${((millis * 1_000) / rounds).toFixed(0)} µs each, ${perSecond} entries/s`);
  }
  return last;
}

async function measureOpening(): Promise<Store> {
  const { size } = await stat(join(folder, 'log'));
  const [startedAt, used] = [performance.now(), process.cpuUsage()];
  const store = await openStore(folder, 1);
  const { entries, snapshot } = store.stored;
  const records = snapshot?.machine?.results.size ?? 0;
  const millis = (performance.now() - startedAt).toFixed(0);
  const cpu = cpuMillis(used);
  console.log(
    `opening: ${entries.length} entries (${size} bytes) and ${records} records in ${millis} ms, ${cpu} ms of CPU`,
  );
  return store;
}

/**
 * The time from the start of a process to its first heartbeat: reading and checking its data, and the first step of the
 * replica.
 */
async function measureStart(): Promise<void> {
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  const store = await measureOpening();
  const openedAt = performance.now();
  const [app] = tickets.apps;
  if (app === undefined) throw new Error('the ticket service has a group');
  const topology = { clusterId: 'bench', servers: ['s1'], frontEnds: [], groups: [app.name] };
  const configuration = firstConfiguration(topology, app.name);
  const hosted = { app, settings: DEFAULT_SETTINGS, servers: {}, planted: NOTHING_PLANTED };
  const diskId = firstDiskId(topology, 's1');
  const identity = {
    clusterId: 'bench',
    historyId: 'bench',
    group: app.name,
    nodeId: 's1',
    diskId,
    kind: 'data',
  } as const;
  const replica = blankReplica(hosted, identity, configuration);
  step(hosted, replica, { type: 'recovered', stored: store.stored }, { millis: 0, wall: 1, chance: 0 });
  const now = performance.now();
  const memory = Math.round((process.memoryUsage().rss - before) / 1e6);
  await store.close();
  console.log(
    `start of a replica: ${(now - startedAt).toFixed(0)} ms, the first step ${(now - openedAt).toFixed(0)} of them, ${memory} MB more in memory`,
  );
}

async function measureSnapshot(store: Store, at: LogBase): Promise<void> {
  const snapshot = snapshotOf(at);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  let startedAt = performance.now();
  const used = process.cpuUsage();
  await store.save(snapshot);
  const cpu = cpuMillis(used);
  delay.disable();
  const lag = (delay.max / 1e6).toFixed(1);
  console.log(
    `snapshot of ${RECORDS} records: ${(performance.now() - startedAt).toFixed(0)} ms, ${cpu} ms of CPU, event loop late by at most ${lag} ms`,
  );
  startedAt = performance.now();
  await store.write([{ type: 'compact', through: at.index - 5_000 }]);
  console.log(`compaction to 5000 entries: ${(performance.now() - startedAt).toFixed(1)} ms`);
}

/** CPU time, the better figure on a busy machine. All threads of the process, including the garbage collector's. */
function cpuMillis(since: NodeJS.CpuUsage): string {
  const { user, system } = process.cpuUsage(since);
  return ((user + system) / 1_000).toFixed(0);
}

function snapshotOf({ index, epoch, hash, lamport, wall }: LogBase): Snapshot {
  const base = { index, epoch, hash, lamport, wall };
  const uuids = Array.from(
    { length: RECORDS },
    (_, number) => `0195a1b2-c3d4-7abc-8def-${String(number).padStart(12, '0')}`,
  );
  const outcome = { type: 'accepted' as const, value: { ticket: 1 } };
  const results = Map(uuids.map((uuid) => [uuid, { index, lamport, wall, digest: 1, outcome, rests: [] }]));
  const machine = initialMachine(base, { slots: List(uuids) }, { dedupeFor: 1, dedupeMargin: 1 });
  return { base, configuration: CONFIGURATION, machine: { ...machine, results, order: List(uuids) } };
}

function entriesAfter(base: LogBase, count: number): Entry[] {
  const entries: Entry[] = [];
  let last = base;
  for (let number = 0; number < count; number += 1) {
    const uuid = `0195a1b2-c3d4-7abc-8def-${String(last.index).padStart(12, '0')}`;
    const body = {
      type: 'write' as const,
      uuid,
      issuedAt: 1,
      command: { type: 'purchase', eventid: 12, userid: 7, tickets: 2 },
    };
    const entry = chain(last, EPOCH, { lamport: 0, wall: 1_763_712_000_000 }, body);
    entries.push(entry);
    last = entry;
  }
  return entries;
}
