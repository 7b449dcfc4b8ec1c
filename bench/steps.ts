/**
 * Cost of a write for the primary's reducer, by the number of entries in the log (and as many records and remembered
 * results): the aim is a flat line. Three data servers; per write one `requests` and three `appended`.
 *
 *     node --import tsx bench/steps.ts [--json]
 */
import { performance } from 'node:perf_hooks';
import { tickets } from '../src/apps/tickets/service.ts';
import type { Input, Moment } from '../src/protocol/model/effects.ts';
import { NO_EPOCH } from '../src/protocol/model/epoch.ts';
import { lastIndex } from '../src/protocol/model/log.ts';
import type { Message, Request } from '../src/protocol/model/messages.ts';
import { NOTHING_PLANTED } from '../src/protocol/model/mutants.ts';
import { DEFAULT_SETTINGS } from '../src/protocol/model/settings.ts';
import { firstConfiguration, firstDiskId, type Topology } from '../src/protocol/model/topology.ts';
import { blankReplica, type HostedApp, type Replica } from '../src/protocol/replica/replica.ts';
import { step } from '../src/protocol/step.ts';

const SIZES = [1_000, 100_000, 1_000_000];
const MEASURED = 2_000;

const topology: Topology = {
  clusterId: 'bench',
  servers: ['s1', 's2', 's3'],
  frontEnds: ['f1', 'f2'],
  groups: ['users'],
};
const app = tickets.apps.find(({ name }) => name === 'users');
if (app === undefined) throw new Error('the ticket service has a group of users');
const hosted: HostedApp = {
  app,
  settings: { ...DEFAULT_SETTINGS, snapshotEvery: 1e9, uncommittedAtMost: 1e9, batchAtMost: 10_000 },
  servers: { users: topology.servers },
  planted: NOTHING_PLANTED,
};

let serial = 0;
let clock = 0;

function now(): Moment {
  return { millis: clock, wall: 1_800_000_000_000 + clock, chance: 0 };
}

function fromPeer(node: string, message: Message): Input {
  return { type: 'message', from: { node, unit: 'users' }, message };
}

function feed(replica: Replica, input: Input): Replica {
  return step(hosted, replica, input, now())[0];
}

/** s3 of three, elected and with its no-op committed. */
function primary(): Replica {
  const identity = {
    clusterId: 'bench',
    historyId: 'bench',
    group: 'users',
    nodeId: 's3',
    diskId: firstDiskId(topology, 's3'),
    kind: 'data',
  } as const;
  let replica = blankReplica(hosted, identity, firstConfiguration(topology, 'users'));
  const stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
  replica = feed(replica, { type: 'recovered', stored });
  clock += 10_000;
  replica = feed(replica, { type: 'wake' });
  for (const node of ['s1', 's2']) {
    replica = feed(replica, fromPeer(node, { type: 'answer', round: 1, verdict: 'ok', promised: NO_EPOCH }));
  }
  const epoch = replica.promised;
  for (const node of ['s3', 's1', 's2']) {
    const diskId = firstDiskId(topology, node);
    replica = feed(replica, fromPeer(node, { type: 'voted', epoch, granted: true, promised: epoch, diskId }));
  }
  return acknowledgeAll(replica);
}

function acknowledgeAll(replica: Replica): Replica {
  const match = lastIndex(replica.log);
  for (const node of ['s3', 's1', 's2']) {
    const diskId = firstDiskId(topology, node);
    replica = feed(
      replica,
      fromPeer(node, { type: 'appended', epoch: replica.promised, match, diskId, incarnation: 1 }),
    );
  }
  return replica;
}

function write(replica: Replica, count: number): Replica {
  const items: Request[] = [];
  for (let at = 0; at < count; at += 1) {
    serial += 1;
    const uuid = `00000000-0000-7000-8000-${String(serial).padStart(12, '0')}`;
    items.push({
      type: 'write',
      id: uuid,
      uuid,
      issuedAt: now().wall,
      command: { type: 'create', username: `u${serial}` },
    });
  }
  const message: Message = { type: 'requests', epoch: replica.promised, lamport: 0, items };
  const asked = step(hosted, replica, { type: 'message', from: { node: 'f1', unit: 'front-end' }, message }, now())[0];
  return acknowledgeAll(asked);
}

/** Microseconds per write, `batch` writes to a request message: the median of five runs. */
function measure(replica: Replica, batch: number): number {
  const times: number[] = [];
  for (let run = 0; run < 5; run += 1) {
    let current = replica;
    const startedAt = performance.now();
    for (let at = 0; at < MEASURED; at += batch) current = write(current, batch);
    times.push(((performance.now() - startedAt) * 1_000) / MEASURED);
  }
  return times.sort((a, b) => a - b)[2] ?? Number.NaN;
}

const rows: { readonly entries: number; readonly alone: number; readonly batched: number }[] = [];
let replica = primary();
for (const size of SIZES) {
  while (lastIndex(replica.log) < size) replica = write(replica, Math.min(1_000, size - lastIndex(replica.log)));
  measure(replica, 1);
  rows.push({ entries: lastIndex(replica.log), alone: measure(replica, 1), batched: measure(replica, 64) });
}

if (process.argv.includes('--json')) {
  for (const row of rows) console.log(JSON.stringify({ bench: 'steps', ...row }));
} else {
  console.log('entries and records   µs per write, alone   µs per write, 64 at a time');
  for (const { entries, alone, batched } of rows) {
    console.log(
      `${String(entries).padStart(19)}   ${alone.toFixed(1).padStart(19)}   ${batched.toFixed(1).padStart(26)}`,
    );
  }
}
