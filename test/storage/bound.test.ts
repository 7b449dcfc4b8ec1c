import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { LogBase } from '../../src/protocol/model/entry.ts';
import { append, entriesAfter, GENESIS, newStore, snapshotAt } from '../support/storage/stores.ts';

/** As the protocol's settings of these names, in entries. */
const SNAPSHOT_EVERY = 100;
const KEEP_ENTRIES = 50;

/** What one entry of this test takes in the log, and the frame around it. */
const ENTRY_BYTES_AT_MOST = 320;

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

test('a folder that is written to for ever holds the entries kept, those since the last snapshot, and two snapshots', async () => {
  const { folder, store } = await newStore({ wholeWhenSmall: true, linksAtMost: 0 });
  let last: LogBase = GENESIS;
  let covered = 0;
  let largest = 0;
  let snapshotBytes = 0;
  for (let round = 1; round <= 400; round += 1) {
    const entries = entriesAfter(last, 10);
    await store.write([append(entries)]);
    last = entries.at(-1) ?? last;
    if (last.index - covered >= SNAPSHOT_EVERY) {
      covered = last.index;
      const before = await bytesIn(folder);
      await store.save(snapshotAt(last));
      snapshotBytes = Math.max(snapshotBytes, (await bytesIn(folder)) - before);
      largest = Math.max(largest, await bytesIn(folder));
      await store.write([{ type: 'compact', through: covered - KEEP_ENTRIES }]);
    }
    largest = Math.max(largest, await bytesIn(folder));
  }
  await store.close();
  expect(last.index).toBe(4_000);
  // The log has room for as much again.
  const bound = 2 * (KEEP_ENTRIES + SNAPSHOT_EVERY + 10) * ENTRY_BYTES_AT_MOST + 2 * snapshotBytes;
  expect(largest).toBeLessThan(bound);
  // Were it all kept, there would be many times as much.
  expect(4_000 * ENTRY_BYTES_AT_MOST).toBeGreaterThan(10 * bound);
  expect((await readdir(folder)).sort()).toEqual(['log', `snapshot-${String(covered).padStart(16, '0')}`]);
});

test('a folder in which snapshots are written as changes holds no more than three times the state, and few files', async () => {
  const { folder, store } = await newStore();
  const sizes: number[] = [];
  let largest = 0;
  let most = 0;
  for (const entry of entriesAfter(GENESIS, 300)) {
    await store.write([append([entry])]);
    await store.save(snapshotAt(entry));
    await store.write([{ type: 'compact', through: entry.index }]);
    const names = await readdir(folder);
    most = Math.max(most, names.length);
    const found = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
    const bytes = found.reduce((sum, one) => sum + (one?.size ?? 0), 0);
    largest = Math.max(largest, bytes);
    sizes.push(store.snapshotSize());
  }
  await store.close();
  expect(most).toBeGreaterThan(2);
  expect(most).toBeLessThanOrEqual(16);
  expect(largest).toBeLessThan(6 * Math.max(...sizes));
  // What a base beside the links tells keeps the estimate from running away.
  expect(Math.max(...sizes)).toBeLessThan(1.5 * Math.min(...sizes));
});

test('a disk that takes its time with a snapshot holds the log meanwhile, and is within its bound after it', async () => {
  const { folder, store } = await newStore();
  const entries = entriesAfter(GENESIS, 2_000);
  await store.write([append(entries.slice(0, 1_000))]);
  const saving = store.save(snapshotAt(entries[999] ?? GENESIS));
  await store.write([append(entries.slice(1_000))]);
  await saving;
  const before = await bytesIn(folder);
  await store.write([{ type: 'compact', through: 1_000 - KEEP_ENTRIES }]);
  await store.close();
  expect(before - (await bytesIn(folder))).toBeGreaterThan(0.4 * before);
});
