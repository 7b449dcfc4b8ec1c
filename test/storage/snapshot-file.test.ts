import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/protocol/model/machine.ts';
import { joinSlices, snapshotSlices } from '../../src/protocol/wire/snapshot-slices.ts';
import { snapshot as anySnapshot } from '../support/protocol/arbitraries.ts';
import {
  append,
  entriesAfter,
  FINE_SLICES,
  GENESIS,
  newStore,
  reopen,
  snapshotAt,
  storedIn,
} from '../support/storage/stores.ts';

describe('a snapshot', () => {
  test('comes back from its slices as it was, however finely it is cut', () => {
    fc.assert(
      fc.property(anySnapshot, fc.nat(4), fc.nat(60), (snapshot, itemsAtMost, charactersAtMost) => {
        expect(joinSlices(snapshotSlices(snapshot, { itemsAtMost, charactersAtMost }))).toEqual(snapshot);
      }),
    );
  });

  test('is cut so that no slice is much longer than it may be', () => {
    const state = Map(Array.from({ length: 1_000 }, (_, key): [number, List<number>] => [key, List([key])]));
    const small = snapshotAt(GENESIS);
    const snapshot: Snapshot = { ...small, machine: small.machine && { ...small.machine, state } };
    const lengths = [...snapshotSlices(snapshot, { itemsAtMost: 10, charactersAtMost: 500 })].map(
      (text) => text.length,
    );
    expect(Math.max(...lengths.slice(1))).toBeLessThan(700);
    expect(lengths.length).toBeGreaterThan(20);
  });

  test('is durable while writes go on, and of two the later one counts', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 6);
    await store.write([append(entries.slice(0, 4))]);
    const first = snapshotAt(entries[1] ?? GENESIS);
    const second = snapshotAt(entries[3] ?? GENESIS);
    const saves = [store.save(first), store.save(second)];
    await store.write([append(entries.slice(4))]);
    await Promise.all(saves);
    await store.close();
    expect((await readdir(folder)).sort()).toEqual([
      'changes-0000000000000002-0000000000000004',
      'log',
      'snapshot-0000000000000002',
    ]);
    expect(await storedIn(folder)).toEqual({
      ...store.stored,
      snapshot: second,
      snapshotSize: store.snapshotSize(),
      entries,
    });
  });

  test('that is older than the durable one is not written', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 4);
    await store.write([append(entries)]);
    await store.save(snapshotAt(entries[3] ?? GENESIS));
    await store.save(snapshotAt(entries[1] ?? GENESIS));
    await store.close();
    expect((await readdir(folder)).sort()).toEqual(['log', 'snapshot-0000000000000004']);
  });

  test('takes the place of the log when it is a full copy', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 3);
    const elsewhere = entriesAfter(GENESIS, 12, 2);
    const copy = snapshotAt(elsewhere[9] ?? GENESIS);
    const promise = { type: 'promise', epoch: { counter: 2, nodeId: 's2' } } as const;
    await store.write([append(entries)]);
    await store.write([promise, { type: 'install', snapshot: copy, wall: 5_000 }, append(elsewhere.slice(10))]);
    await store.close();
    expect(await storedIn(folder)).toEqual({
      incarnation: 1,
      promised: promise.epoch,
      snapshot: copy,
      snapshotSize: store.snapshotSize(),
      entries: elsewhere.slice(10),
      wall: 5_000,
    });
  });

  test.each([
    ['stops short of it', entriesAfter(GENESIS, 3), 0],
    ['contradicts it', entriesAfter(GENESIS, 12), 0],
    ['agrees with it', entriesAfter(GENESIS, 12, 2), 12],
  ])('that was installed when the process died leaves of a log that %s what counts', async (_how, entries, kept) => {
    const { folder, store } = await newStore();
    const copy = snapshotAt(entriesAfter(GENESIS, 12, 2)[9] ?? GENESIS);
    await store.write([append(entries)]);
    // Saved beside the log: that is how far an install has come when the process dies before the log is emptied.
    await store.save(copy);
    await store.close();
    const again = await reopen(folder);
    expect(again.stored).toEqual({
      ...store.stored,
      snapshot: copy,
      snapshotSize: store.snapshotSize(),
      entries: entries.slice(0, kept),
    });
    const last = again.stored.entries.at(-1) ?? copy.base;
    await again.write([append(entriesAfter(last, 1, 3))]);
    await again.close();
    expect((await storedIn(folder)).entries).toEqual([...entries.slice(0, kept), ...entriesAfter(last, 1, 3)]);
  });

  test('is refused with a bit flipped and with its end cut off', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 1);
    await store.write([append(entries)]);
    await store.save(snapshotAt(entries[0] ?? GENESIS));
    await store.close();
    const path = join(folder, 'snapshot-0000000000000001');
    const whole = await readFile(path);
    // Every third byte: each kind of place (header, lengths, checksums, slices, end) many times over.
    const flipped = Array.from({ length: Math.floor(whole.length / 3) }, (_, place) => {
      const damaged = Buffer.from(whole);
      damaged[place * 3] = (damaged[place * 3] ?? 0) ^ 1;
      return damaged;
    });
    const cut = [0, 10, 30, whole.length - 1, whole.length - 24].map((end) => whole.subarray(0, end));
    for (const damaged of [...flipped, ...cut]) {
      await writeFile(path, damaged);
      await expect(reopen(folder)).rejects.toThrow(`${path} is damaged`);
    }
  });

  test('under a name that is not its own is refused', async () => {
    const { folder, store } = await newStore();
    await store.write([append(entriesAfter(GENESIS, 1))]);
    await store.save(snapshotAt(entriesAfter(GENESIS, 1)[0] ?? GENESIS));
    await store.close();
    await rename(join(folder, 'snapshot-0000000000000001'), join(folder, 'snapshot-0000000000000002'));
    await expect(reopen(folder)).rejects.toThrow('it is of index 1');
  });

  test('that is missing is missed: the log has a gap in front of it', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 5);
    await store.write([append(entries)]);
    await store.save(snapshotAt(entries[2] ?? GENESIS));
    await store.write([{ type: 'compact', through: 3 }]);
    await store.close();
    await rename(join(folder, 'snapshot-0000000000000003'), join(folder, 'lost'));
    await expect(reopen(folder)).rejects.toThrow('begins behind entry 3, and the snapshot beside it ends at 0');
  });

  test('that is missing is missed, though the log behind it is empty: a voter must not come back with nothing', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 5);
    await store.write([append(entries)]);
    await store.write([{ type: 'install', snapshot: snapshotAt(entries[4] ?? GENESIS) }]);
    await store.close();
    await rename(join(folder, 'snapshot-0000000000000005'), join(folder, 'lost'));
    await expect(reopen(folder)).rejects.toThrow('begins behind entry 5, and the snapshot beside it ends at 0');
  });

  test('and its slices, cut as tests cut them, are several', () => {
    expect([...snapshotSlices(snapshotAt(GENESIS), FINE_SLICES)].length).toBeGreaterThan(5);
  });
});
