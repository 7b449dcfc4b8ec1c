import * as fc from 'fast-check';
import { unreachable } from '../../../src/protocol/model/assert.ts';
import type { DiskOperation, Stored } from '../../../src/protocol/model/effects.ts';
import type { LogBase } from '../../../src/protocol/model/entry.ts';
import type { Snapshot } from '../../../src/protocol/model/machine.ts';
import { append, entriesAfter, GENESIS, snapshotAt } from './stores.ts';

/** What a replica may do to its disk, before it is known where its log stands. */
export type Deed =
  | { readonly type: 'promise' | 'append' | 'truncate' | 'install' | 'compact' | 'save'; readonly amount: number }
  | { readonly type: 'restart' };

/** Deeds as they come between two syncs. */
export const batches: fc.Arbitrary<readonly (readonly Deed[])[]> = fc.array(
  fc.array(
    fc.oneof(
      fc.record({
        type: fc.constantFrom('promise', 'append', 'append', 'truncate', 'install', 'compact', 'save'),
        amount: fc.integer({ min: 1, max: 6 }),
      }),
      fc.constant<Deed>({ type: 'restart' }),
    ),
    { maxLength: 4 },
  ),
  { minLength: 1, maxLength: 8 },
);

/** The deed as something that makes sense on what the disk will hold by then, or nothing. */
export type Decided =
  DiskOperation | { readonly type: 'save'; readonly snapshot: Snapshot } | { readonly type: 'restart' };

/** Each write at another time of the node's clock; some as an older release wrote it, without a time. */
function wallAfter({ wall = 1_000 }: Stored, amount: number): number | undefined {
  return amount === 6 ? undefined : wall + amount;
}

export function decide(held: Stored, next: Deed): Decided | undefined {
  if (next.type === 'restart') return { type: 'restart' };
  const { amount, type } = next;
  const base = held.snapshot?.base ?? GENESIS;
  const end: LogBase = held.entries.at(-1) ?? base;
  switch (type) {
    case 'promise':
      return { type, epoch: { counter: held.promised.counter + amount, nodeId: 's1' } };
    case 'append':
      return append(entriesAfter(end, amount, held.promised.counter + 1), wallAfter(held, amount));
    case 'truncate':
      return end.index > base.index ? { type, from: Math.max(base.index + 1, end.index - amount) } : undefined;
    case 'compact':
      return { type, through: Math.max(0, base.index - amount + 1) };
    case 'install':
      return {
        type,
        snapshot: snapshotAt(entriesAfter(end, amount, 99).at(-1) ?? GENESIS),
        wall: wallAfter(held, amount),
      };
    case 'save': {
      const covered = held.entries.filter((entry) => entry.index > base.index)[amount - 1];
      return covered && { type, snapshot: snapshotAt(covered) };
    }
    default:
      return unreachable(type);
  }
}
