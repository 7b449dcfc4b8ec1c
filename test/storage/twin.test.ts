import { cp } from 'node:fs/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unreachable } from '../../src/protocol/assert.ts';
import type { Operation, Stored } from '../../src/protocol/effects.ts';
import type { LogBase } from '../../src/protocol/entry.ts';
import { NO_EPOCH } from '../../src/protocol/epoch.ts';
import { append, entriesAfter, GENESIS, newFolder, newStore, reopen, snapshotAt } from './fixtures.ts';

/** What a replica may do to its disk, before it is known where its log stands. */
type Deed =
  | { readonly type: 'promise' | 'append' | 'truncate' | 'install' | 'compact' | 'save'; readonly amount: number }
  | { readonly type: 'restart' };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    type: fc.constantFrom('promise', 'append', 'append', 'truncate', 'install', 'compact', 'save'),
    amount: fc.integer({ min: 1, max: 6 }),
  }),
  fc.constant<Deed>({ type: 'restart' }),
);

describe('a store and its twin in memory', () => {
  test('hold the same after every write and every restart', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(deed, { maxLength: 4 }), { minLength: 1, maxLength: 8 }), async (batches) => {
        const { folder, store: opened } = await newStore();
        let store = opened;
        let twin: Stored = { incarnation: 1, promised: NO_EPOCH, snapshot: undefined, entries: [] };
        for (const batch of batches) {
          const operations: Operation[] = [];
          for (const next of batch) {
            const decided = decide(twin, next);
            if (decided === 'restart') {
              await store.write(operations.splice(0));
              await store.close();
              store = await reopen(folder);
              expect(store.stored).toEqual(twin);
            } else if (decided?.type === 'save') {
              await store.write(operations.splice(0));
              await store.save(decided.snapshot);
              twin = { ...twin, snapshot: decided.snapshot };
            } else if (decided !== undefined) {
              operations.push(decided);
              twin = carryOut(twin, decided);
            }
          }
          await store.write(operations);
          expect(await crashedCopy(folder)).toEqual(twin);
        }
        await store.close();
      }),
      { numRuns: 25 },
    );
  });
});

type Decided = Operation | { readonly type: 'save'; readonly snapshot: ReturnType<typeof snapshotAt> } | 'restart';

/** The deed as an operation that makes sense on what the twin holds, or nothing. */
function decide(twin: Stored, next: Deed): Decided | undefined {
  if (next.type === 'restart') return 'restart';
  const { amount, type } = next;
  const base = twin.snapshot?.base ?? GENESIS;
  const end: LogBase = twin.entries.at(-1) ?? base;
  switch (type) {
    case 'promise':
      return { type, epoch: { counter: twin.promised.counter + amount, nodeId: 's1' } };
    case 'append':
      return append(entriesAfter(end, amount, twin.promised.counter + 1));
    case 'truncate':
      return end.index > base.index ? { type, from: Math.max(base.index + 1, end.index - amount) } : undefined;
    case 'compact':
      return { type, through: Math.max(0, base.index - amount + 1) };
    case 'install':
      return { type, snapshot: snapshotAt(lastOf(entriesAfter(end, amount, 99))) };
    case 'save': {
      const covered = twin.entries.filter((entry) => entry.index > base.index)[amount - 1];
      return covered && { type, snapshot: snapshotAt(covered) };
    }
    default:
      return unreachable(type);
  }
}

/** The dumb twin of a disk. */
function carryOut(twin: Stored, operation: Operation): Stored {
  switch (operation.type) {
    case 'promise':
      return { ...twin, promised: operation.epoch };
    case 'append':
      return { ...twin, entries: [...twin.entries, ...operation.entries] };
    case 'truncate':
      return { ...twin, entries: twin.entries.filter((entry) => entry.index < operation.from) };
    case 'install':
      return { ...twin, snapshot: operation.snapshot, entries: [] };
    case 'compact':
      return { ...twin, entries: twin.entries.filter((entry) => entry.index > operation.through) };
    default:
      return unreachable(operation);
  }
}

async function crashedCopy(folder: string): Promise<Stored> {
  const copy = await newFolder();
  await cp(folder, copy, { recursive: true });
  const store = await reopen(copy);
  await store.close();
  return store.stored;
}

function lastOf(entries: readonly LogBase[]): LogBase {
  return entries.at(-1) ?? GENESIS;
}
