import { List, Map } from 'immutable';
import type { DiskOperation } from '../../../src/protocol/model/effects.ts';
import type { Entry, LogBase } from '../../../src/protocol/model/entry.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import { chain } from '../../../src/protocol/model/log.ts';
import { initialMachine, type Snapshot } from '../../../src/protocol/model/machine.ts';

/*
 * What tests write to disks. Without anything of the test runner: processes that are killed use it, too.
 */

/** Cuts snapshots into many slices although they are small. */
export const FINE_SLICES = { itemsAtMost: 2, charactersAtMost: 40 };

export const GENESIS: LogBase = { index: 0, epoch: NO_EPOCH, hash: 7, lamport: 0, wall: 0 };

/** `count` entries that continue `last`; others for another `epochCounter`. */
export function entriesAfter(last: LogBase, count: number, epochCounter = 1): Entry[] {
  const entries: Entry[] = [];
  let before = last;
  for (let number = 0; number < count; number += 1) {
    const epoch = { counter: epochCounter, nodeId: 's1' };
    const command = { type: 'note', text: `Zeile ${before.index + 1}\nzweite · Zeile 🎟` };
    const body = { type: 'write' as const, uuid: `u-${epochCounter}-${before.index}`, issuedAt: 1, command };
    const entry = chain(before, epoch, { lamport: 0, wall: 10 }, body);
    entries.push(entry);
    before = entry;
  }
  return entries;
}

/** `wall`: what the node's own wall clock shows, as every write of this release tells it. */
export function append(entries: readonly Entry[], wall?: number): DiskOperation {
  return { type: 'append', entries, wall };
}

/** A snapshot whose state is large enough to be cut into slices, one inside the other. */
export function snapshotAt({ index, epoch, hash, lamport, wall }: LogBase): Snapshot {
  const base = { index, epoch, hash, lamport, wall };
  const slots = Map(
    Array.from({ length: 5 }, (_, slot): [number, List<string>] => [slot, List(['a', 'b', `${index}`])]),
  );
  const machine = initialMachine(base, { slots, name: 'Gala' }, { dedupeFor: 1, dedupeMargin: 1 });
  const results = Map({ u: { index, lamport, wall, digest: 1, outcome: undefined, rests: [] } });
  return {
    base,
    configuration: { voters: [{ nodeId: 's1', diskId: 'd', kind: 'data', votes: 1, rank: 1 }], learners: [] },
    machine: { ...machine, results, order: List(['u', 'v', 'w']) },
  };
}
