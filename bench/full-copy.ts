/**
 * The longest time in which a full copy that arrives holds the event loop, and its end checked in one go beside it.
 *
 *     node --max-old-space-size=8000 --import tsx bench/full-copy.ts [--records 100000,1000000]
 *
 * As many remembered results as records of the app. CPU time of the process, all threads: the collector's are in it.
 */
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { List, Map as PersistentMap } from 'immutable';
import { initialMachine, type Result, type Snapshot } from '../src/protocol/model/machine.ts';
import { checkSnapshot } from '../src/protocol/wire/codec.ts';
import { copyFrames, copyOpening, type FullCopy } from '../src/transport-http/snapshots/full-copy.ts';
import { createIncomingCopy } from '../src/transport-http/snapshots/incoming-copy.ts';

const { values } = parseArgs({ options: { records: { type: 'string', default: '100000,1000000' } } });

const table = new Table({
  head: ['records', 'frames: most', 'in one go: most', 'in slices: most', 'in slices: all', 'slices'],
  style: { head: [], border: [] },
});
for (const records of values.records.split(',').map(Number)) table.push(measure(records));
console.log(table.toString());

function measure(records: number): string[] {
  const copy: FullCopy = {
    from: { node: 's2', unit: 'users' },
    to: { node: 's1', unit: 'users' },
    message: { type: 'install', epoch: { counter: 1, nodeId: 's2' }, snapshot: snapshotOf(records) },
  };
  const incoming = createIncomingCopy();
  incoming.hear(copyOpening(1, copy));
  let frames = 0;
  for (const frame of copyFrames(1, copy)) {
    const before = cpu();
    const heard = incoming.hear(frame);
    frames = Math.max(frames, cpu() - before);
    if (heard.type === 'rejected') throw new Error(heard.reason);
    const { completing } = heard.value;
    if (completing === undefined) continue;
    let [most, all, slices] = [0, 0, 0];
    for (let isDone = false; !isDone; slices += 1) {
      const begun = cpu();
      const next = completing.next();
      const took = cpu() - begun;
      most = Math.max(most, took);
      all += took;
      isDone = next.done === true;
      if (next.done !== true) continue;
      if (next.value.type === 'rejected' || next.value.value.message.type !== 'install') throw new Error('no copy');
      const whole = cpu();
      checkSnapshot(next.value.value.message.snapshot);
      const inOneGo = cpu() - whole;
      return [records, frames, inOneGo, most, all, slices + 1].map((figure) => figure.toFixed(0));
    }
  }
  throw new Error('a copy has an end');
}

function snapshotOf(records: number): Snapshot {
  const uuids = Array.from(
    { length: records },
    (_, number) => `01890000-0000-7000-8000-${String(number).padStart(12, '0')}`,
  );
  const base = { index: 9, epoch: { counter: 1, nodeId: 's2' }, hash: 7, lamport: 3, wall: 5 };
  const users = List(uuids.map((username, userid) => ({ userid, username, tickets: PersistentMap() })));
  const result: Result = {
    index: 3,
    lamport: 3,
    wall: 5,
    digest: 9,
    outcome: { type: 'accepted', value: { userid: 7 } },
    rests: [],
  };
  const machine = {
    ...initialMachine(base, { users }, { dedupeFor: 60_000, dedupeMargin: 1_000 }),
    results: PersistentMap(uuids.map((uuid, index) => [uuid, { ...result, index }])),
    order: List(uuids),
  };
  return { base, configuration: { voters: [], learners: [] }, machine };
}

/** Milliseconds of CPU that the process has used. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
