import { List, Map as PersistentMap } from 'immutable';
import { initialMachine, type Result, type Snapshot } from '../../../src/protocol/model/machine.ts';
import { copyFrames, copyOpening, type FullCopy } from '../../../src/transport-http/snapshots/full-copy.ts';

/** A snapshot with so many results, each a few hundred characters long. */
export function snapshot(results: number): Snapshot {
  const uuids = Array.from({ length: results }, (_, number) => `uuid-${number}-of-a-write`);
  const base = { index: 9, epoch: { counter: 1, nodeId: 's2' }, hash: 7, lamport: 3, wall: 5 };
  const state = { slots: PersistentMap([[1, List(uuids.slice(0, 300))]]), open: true };
  const result: Result = {
    index: 3,
    lamport: 3,
    wall: 5,
    digest: 9,
    outcome: { type: 'accepted', value: { slots: ['A1', 'A2'] } },
    rests: [],
  };
  const machine = {
    ...initialMachine(base, state, { dedupeFor: 60_000, dedupeMargin: 1_000 }),
    results: PersistentMap(uuids.map((uuid, index) => [uuid, { ...result, index }])),
    order: List(uuids),
  };
  return { base, configuration: { voters: [], learners: [] }, machine };
}

/** From s2 to s1. */
export function fullCopy(copied: Snapshot, counter = 1, unit = 'events'): FullCopy {
  const message = { type: 'install', epoch: { counter, nodeId: 's2' }, snapshot: copied } as const;
  return { from: { node: 's2', unit }, to: { node: 's1', unit }, message };
}

/** All that is sent of a copy whose receiver has nothing of it yet. */
export function allFrames(id: number, copy: FullCopy): string[] {
  return [copyOpening(id, copy), ...copyFrames(id, copy)];
}

/** What comes of work in slices, carried out in one go. */
export function finished<Value>(work: Generator<undefined, Value, undefined>): Value {
  let next = work.next();
  while (next.done !== true) next = work.next();
  return next.value;
}
