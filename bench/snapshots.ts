import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Map } from 'immutable';
import type { LogBase } from '../src/protocol/model/entry.ts';
import { initialMachine, type Snapshot } from '../src/protocol/model/machine.ts';
import { formatStore, openStore } from '../src/storage/store.ts';

/**
 * Cost of a snapshot after 50,000 random changes of so many records: written whole, and written as changes. CPU of the
 * whole process, collecting garbage included; both in one run, since the machine may be loaded.
 *
 *     node --max-old-space-size=8000 --import tsx bench/snapshots.ts [RECORDS...]
 */
const CHANGES = 50_000;
const given = process.argv.slice(2).map(Number);

for (const records of given.length > 0 ? given : [10_000, 100_000, 1_000_000]) {
  const before = Map(Array.from({ length: records }, (_, number) => [`record ${number}`, recordOf(number, 0)]));
  let after = before;
  for (let change = 0; change < CHANGES; change += 1) {
    const number = (change * 7_919 + 13) % records;
    after = after.set(`record ${number}`, recordOf(number, change));
  }
  const whole = await measure(snapshotAt(1, before), snapshotAt(2, after), 0);
  const changes = await measure(snapshotAt(1, before), snapshotAt(2, after), 64);
  const ratio = (changes.cpuMillis / whole.cpuMillis).toFixed(2);
  console.log(
    `${records} records: whole ${shown(whole)}; changes ${shown(changes)}; CPU of changes / whole ${ratio}, ` +
      `bytes ${(changes.bytes / whole.bytes).toFixed(2)}`,
  );
}

interface Cost {
  readonly cpuMillis: number;
  readonly bytes: number;
  readonly lateMillis: number;
}

/** The second of two snapshots. */
async function measure(first: Snapshot, second: Snapshot, linksAtMost: number): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
  try {
    await formatStore(folder);
    const store = await openStore(folder, 1, { wholeWhenSmall: false, linksAtMost });
    await store.save(first);
    const known = await readdir(folder);
    const late = monitorEventLoopDelay({ resolution: 1 });
    late.enable();
    const from = process.cpuUsage();
    await store.save(second);
    const { user, system } = process.cpuUsage(from);
    late.disable();
    const made = (await readdir(folder)).filter((name) => !known.includes(name));
    const sizes = await Promise.all(made.map(async (name) => (await stat(join(folder, name))).size));
    await store.close();
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    return { cpuMillis: (user + system) / 1_000, bytes, lateMillis: late.max / 1e6 };
  } finally {
    await rm(folder, { recursive: true });
  }
}

function shown({ cpuMillis, bytes, lateMillis }: Cost): string {
  const each = ((cpuMillis * 1_000) / CHANGES).toFixed(1);
  return `${Math.round(cpuMillis)} ms CPU (${each} µs a change), ${(bytes / 1e6).toFixed(1)} MB, late by ${lateMillis.toFixed(0)} ms at most`;
}

function recordOf(number: number, change: number): { readonly id: number; readonly [field: string]: unknown } {
  return Object.freeze({
    id: number,
    name: `holder of record ${number}`,
    count: change,
    note: 'as it was written last',
  });
}

function snapshotAt(index: number, records: Map<string, unknown>): Snapshot {
  const base: LogBase = { index, epoch: { counter: 1, nodeId: 's1' }, hash: index, lamport: index, wall: index };
  const configuration = { voters: [], learners: [] };
  const machine = initialMachine(base, { records }, { dedupeFor: 1, dedupeMargin: 1 });
  return { base, configuration, machine };
}
