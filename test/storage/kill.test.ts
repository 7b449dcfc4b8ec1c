import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DiskOperation } from '../../src/protocol/model/effects.ts';
import { NO_EPOCH } from '../../src/protocol/model/epoch.ts';
import { encodeOperation } from '../../src/protocol/wire/codec.ts';
import type { Held } from '../support/storage/kill/held.ts';
import { killRounds } from '../support/storage/kill/rounds.ts';
import { judge, toldOf } from '../support/storage/kill/told.ts';
import type { Word } from '../support/storage/kill/words.ts';
import { append, entriesAfter, GENESIS, newFolder, snapshotAt } from '../support/storage/stores.ts';

/** More of them: `node scripts/kill-rounds.mjs --rounds 300`. */
const ROUNDS = 15;

test('a process that is killed at any instant leaves all it said was durable, and the next one goes on', async () => {
  const tally = await killRounds(join(await newFolder(), 's1'), ROUNDS, 7);
  expect(tally.rounds).toBe(ROUNDS);
  // Most are killed while they write, and long before they would end.
  expect(tally.early).toBeLessThan(ROUNDS);
  expect(tally.writes).toBeGreaterThan(ROUNDS);
}, 180_000);

describe('what is found after a kill', () => {
  const blank: Held = { promised: NO_EPOCH, snapshot: undefined, entries: [] };
  const entries = entriesAfter(GENESIS, 4);
  const first = [writes(append(entries.slice(0, 2))), { type: 'wrote', unit: 'events' }] as const;
  const second = writes({ type: 'promise', epoch: { counter: 3, nodeId: 's2' } }, append(entries.slice(2)));

  function held(count: number, part: Partial<Held> = {}): Held {
    return { ...blank, entries: entries.slice(0, count), ...part };
  }

  test('is what was said to be durable, or that and all of the write that was under way', () => {
    const told = toldOf([...first, second], 'events', blank);
    expect(judge(held(2), told)).toBe('as told');
    expect(judge(held(4, { promised: { counter: 3, nodeId: 's2' } }), told)).toBe('ahead of what was told');
  });

  test.each([
    ['lacks what was said to be durable', held(1)],
    ['has a part of a write', held(4)],
    ['has what was never written', held(2, { promised: { counter: 9, nodeId: 's2' } })],
    ['has a snapshot that nobody saved', held(2, { snapshot: snapshotAt(entries[0] ?? GENESIS) })],
  ])('is a contradiction where it %s', (_, found) => {
    expect(() => judge(found, toldOf([...first, second], 'events', blank))).toThrow('found: promised');
  });

  test('may be a full copy whose log has not been emptied yet, which then does not count', () => {
    const snapshot = snapshotAt(entriesAfter(GENESIS, 9, 2).at(-1) ?? GENESIS);
    const told = toldOf([...first, writes({ type: 'install', snapshot })], 'events', blank);
    expect(judge(held(0, { snapshot }), told)).toBe('ahead of what was told');
    expect(() => judge(held(2, { snapshot }), told)).toThrow('found: promised');
  });
});

function writes(...operations: readonly DiskOperation[]): Word {
  return { type: 'writes', unit: 'events', operations: operations.map(encodeOperation) };
}
