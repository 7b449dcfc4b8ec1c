import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { replayLog } from '../../src/storage/log-replay.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { append, entriesAfter, GENESIS, newStore, reopen, snapshotAt, storedIn } from '../support/storage/stores.ts';

const PROMISE = { type: 'promise', epoch: { counter: 2, nodeId: 's2' } } as const;

/** Where the records of a log end, in bytes; behind it there may be room for more. */
async function endOf(path: string): Promise<number> {
  return replayLog(await readFile(path), path).end;
}

describe('the log', () => {
  test('gives back what was written, after any number of restarts', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 5);
    await store.write([PROMISE, append(entries.slice(0, 3), 4_000)]);
    await store.write([append(entries.slice(3), 5_000)]);
    await store.close();
    for (let restart = 0; restart < 2; restart += 1) {
      const again = await reopen(folder);
      expect(again.stored).toEqual({
        incarnation: 1,
        promised: PROMISE.epoch,
        snapshot: undefined,
        snapshotSize: 0,
        entries,
        wall: 5_000,
      });
      await again.close();
    }
  });

  test('forgets what was truncated, and what came instead is there', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 4);
    const others = entriesAfter(entries[1] ?? GENESIS, 3, 2);
    await store.write([append(entries)]);
    await store.write([{ type: 'truncate', from: 3 }, append(others)]);
    await store.close();
    expect((await storedIn(folder)).entries).toEqual([...entries.slice(0, 2), ...others]);
  });

  test('loses the last write and nothing else, wherever it is torn', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 3);
    const path = join(folder, 'log');
    await store.write([append(entries.slice(0, 1))]);
    const before = await endOf(path);
    await store.write([append(entries.slice(1))]);
    await store.close();
    const whole = await readFile(path);
    expect(whole.length).toBeGreaterThan(before + 100);
    for (let end = before; end < whole.length; end += 1) {
      const room = Buffer.alloc(end % 2 === 0 ? 0 : 5_000);
      await writeFile(path, Buffer.concat([whole.subarray(0, end), room]));
      const torn = await reopen(folder);
      expect(torn.stored.entries).toEqual(entries.slice(0, 1));
      expect((await stat(path)).size).toBe(before);
      if (end % 32 > 0) {
        await torn.close();
        continue;
      }
      await torn.write([append(entries.slice(1, 2))]);
      await torn.close();
      const after = await reopen(folder);
      expect(after.stored.entries).toEqual(entries.slice(0, 2));
      await after.close();
    }
  });

  test('has room behind its last record, which the next ones overwrite and a close takes back', async () => {
    const { folder, store } = await newStore();
    const path = join(folder, 'log');
    const entries = entriesAfter(GENESIS, 400);
    const sizes = new Set<number>();
    for (const entry of entries) {
      await store.write([append([entry])]);
      const [{ size }, end] = [await stat(path), await endOf(path)];
      expect(size).toBeGreaterThanOrEqual(end);
      expect(size).toBeLessThan(end + Math.max(end, 17_000));
      sizes.add(size);
    }
    expect(sizes.size).toBeLessThan(10);
    // As a killed process leaves it.
    const killed = await readFile(path);
    await store.close();
    expect((await stat(path)).size).toBe(replayLog(killed, path).end);
    await writeFile(path, killed);
    expect((await storedIn(folder)).entries).toEqual(entries);
  });

  test('keeps a promise whose last record is lost: it is in two of them, also in a log that was rewritten', async () => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 1);
    const path = join(folder, 'log');
    await store.write([append(entries)]);
    await store.write([PROMISE]);
    await store.close();
    const loseLastRecord = async (): Promise<void> => {
      const bytes = await readFile(path);
      await writeFile(path, bytes.subarray(0, replayLog(bytes, path).lastFrame));
    };
    await loseLastRecord();
    const once = await reopen(folder);
    expect([once.stored.promised, once.stored.entries]).toEqual([PROMISE.epoch, entries]);
    await once.write([{ type: 'install', snapshot: snapshotAt(entriesAfter(GENESIS, 5)[4] ?? GENESIS) }]);
    await once.close();
    await loseLastRecord();
    const copied = await reopen(folder);
    expect([copied.stored.promised, copied.stored.snapshot?.base.index]).toEqual([PROMISE.epoch, 5]);
    await copied.close();
  });

  test.each([
    ['zeros', Buffer.alloc(5000)],
    ['noise', Buffer.from('\u0000\u0000\u0000\u0009noise noise noise')],
  ])('takes %s behind its last good record for a torn write', async (_, tail) => {
    const { folder, store } = await newStore();
    const entries = entriesAfter(GENESIS, 2);
    await store.write([append(entries)]);
    await store.close();
    const whole = await readFile(join(folder, 'log'));
    await writeFile(join(folder, 'log'), Buffer.concat([whole, tail]));
    expect((await storedIn(folder)).entries).toEqual(entries);
  });

  test('refuses to open with a flipped bit in front of good records, naming file and byte, and changes nothing', async () => {
    const { folder, store } = await newStore();
    const path = join(folder, 'log');
    const entries = entriesAfter(GENESIS, 3);
    const starts: number[] = [];
    for (const entry of entries) {
      starts.push(await endOf(path));
      await store.write([append([entry])]);
    }
    await store.close();
    const whole = await readFile(path);
    const [first = 0, second = 0, third = 0] = starts;
    for (let at = first; at < third; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(path, damaged);
      const bad = at < second ? first : second;
      const refusal = await reopen(folder).then(
        () => 'opened',
        (error: unknown) => (error instanceof StorageError ? error.message : String(error)),
      );
      expect(refusal).toContain(`${path} is damaged: the record at byte ${bad} is bad, and a good one follows`);
      expect((await readFile(path)).equals(damaged)).toBe(true);
    }
  });

  test('refuses a file of another format', async () => {
    const { folder, store } = await newStore();
    await store.close();
    await writeFile(join(folder, 'log'), 'understudy log 2\n');
    await expect(reopen(folder)).rejects.toThrow('log has format 2, and this version knows format 1');
  });

  test('refuses records that are whole but do not continue each other', async () => {
    const { folder, store } = await newStore();
    const other = await newStore();
    await store.write([append(entriesAfter(GENESIS, 1, 1))]);
    await other.store.write([append(entriesAfter(GENESIS, 1, 2))]);
    await Promise.all([store.close(), other.store.close()]);
    const header = 'understudy log 1\n'.length;
    const [own, foreign] = await Promise.all([readFile(join(folder, 'log')), readFile(join(other.folder, 'log'))]);
    await writeFile(join(folder, 'log'), Buffer.concat([own, foreign.subarray(header)]));
    await expect(reopen(folder)).rejects.toThrow(`byte ${own.length + 8}: an entry that does not continue`);
  });

  test('is shorter after compaction, and keeps the promise and the entries behind it', async () => {
    const { folder, store } = await newStore();
    const path = join(folder, 'log');
    const entries = entriesAfter(GENESIS, 2_000);
    await store.write([PROMISE, append(entries.slice(0, 1_200))]);
    await store.write([{ type: 'truncate', from: 1_101 }, append(entries.slice(1_100), 5_000)]);
    const snapshot = snapshotAt(entries[1_499] ?? GENESIS);
    await store.save(snapshot);
    const before = await endOf(path);
    await store.write([{ type: 'compact', through: 1_000 }]);
    expect((await stat(path)).size).toBeLessThan(before / 1.9);
    await store.write([append(entriesAfter(entries.at(-1) ?? GENESIS, 1))]);
    await store.write([{ type: 'compact', through: 1_400 }]);
    await store.close();
    expect(await storedIn(folder)).toEqual({
      incarnation: 1,
      promised: PROMISE.epoch,
      snapshot,
      snapshotSize: store.snapshotSize(),
      entries: [...entries.slice(1_400), ...entriesAfter(entries.at(-1) ?? GENESIS, 1)],
      wall: 5_000,
    });
  });

  test('is not written anew with an entry that has turned bad meanwhile, which would then look good', async () => {
    const { folder, store } = await newStore();
    const path = join(folder, 'log');
    const entries = entriesAfter(GENESIS, 6);
    await store.write([append(entries)]);
    await store.save(snapshotAt(entries[3] ?? GENESIS));
    const bytes = await readFile(path);
    const place = bytes.indexOf('Zeile 5');
    bytes.write('Zeile 6', place);
    await writeFile(path, bytes);
    await expect(store.write([{ type: 'compact', through: 2 }])).rejects.toThrow('entry 5 is not what was written');
    expect(await readFile(path)).toEqual(bytes);
  });

  test('never loses an entry that no durable snapshot covers', async () => {
    const { store } = await newStore();
    await store.write([append(entriesAfter(GENESIS, 3))]);
    await expect(store.write([{ type: 'compact', through: 2 }])).rejects.toThrow('only behind a durable snapshot');
  });

  test('takes one write at a time', async () => {
    const { store } = await newStore();
    const [first, second] = entriesAfter(GENESIS, 2).map((entry) => store.write([append([entry])]));
    await expect(second).rejects.toThrow('one write at a time');
    await first;
    await store.close();
  });

  test('reports a write that the disk refused, and takes no other', async () => {
    const { folder, store } = await newStore();
    await store.write([append(entriesAfter(GENESIS, 1))]);
    await store.save(snapshotAt(entriesAfter(GENESIS, 1)[0] ?? GENESIS));
    // The log cannot be written anew where a folder stands in its way.
    await mkdir(join(folder, 'log.tmp'));
    await expect(store.write([{ type: 'compact', through: 1 }])).rejects.toThrow('EISDIR');
    await expect(store.write([PROMISE])).rejects.toThrow('nothing is written after a write that failed');
  });
});
