import { describe, expect, test } from 'vitest';
import type { Operation } from '../../src/protocol/effects.ts';
import { NO_EPOCH } from '../../src/protocol/epoch.ts';
import type { Snapshot } from '../../src/protocol/machine.ts';
import {
  completeSave,
  completeWrite,
  crashDisk,
  durableEnd,
  formatDisk,
  hasDurably,
  recordsUnderWay,
  type SimDisk,
  storedOn,
} from '../../src/sim/disk.ts';
import { emptyLog, entriesOf, epoch, extend, NOOP, THREE } from './judges/bad-cluster.ts';

const ONE = epoch(1, 's1');
const TWO = epoch(2, 's2');
const LOG = extend(emptyLog(), ONE, NOOP, NOOP, NOOP, NOOP);
const ENTRIES = entriesOf(LOG);

function written(disk: SimDisk, ...operations: readonly Operation[]): string | undefined {
  disk.writing = operations;
  return completeWrite(disk);
}

function snapshotAt(index: number): Snapshot {
  const entry = ENTRIES[index - 1];
  if (entry === undefined) throw new Error('the log is as long as that');
  return { base: entry, configuration: THREE, machine: undefined };
}

function appended(from: number, to: number): Operation {
  return { type: 'append', entries: ENTRIES.slice(from - 1, to) };
}

describe('a crash', () => {
  test('loses a write that was under way, all of it or its end.', () => {
    const found = [0, 1, 2, 3, 4].map((kept) => {
      const disk = formatDisk();
      disk.writing = [{ type: 'promise', epoch: ONE }, appended(1, 3)];
      expect(recordsUnderWay(disk)).toBe(4);
      crashDisk(disk, kept, false);
      return [disk.promised === ONE, disk.entries.length];
    });
    expect(found).toEqual([
      [false, 0],
      [true, 0],
      [true, 1],
      [true, 2],
      [true, 3],
    ]);
  });

  test('keeps what was durable, and a snapshot only if it was finished.', () => {
    const disk = formatDisk();
    written(disk, appended(1, 3));
    disk.saving = snapshotAt(2);
    crashDisk(disk, 0, false);
    expect(storedOn(disk, 5)).toEqual({
      incarnation: 5,
      promised: NO_EPOCH,
      snapshot: undefined,
      entries: ENTRIES.slice(0, 3),
    });
    disk.saving = snapshotAt(2);
    crashDisk(disk, 0, true);
    expect(disk.snapshot?.base.index).toBe(2);
  });
});

describe('a log on disk', () => {
  test('is cut off at its end and written on.', () => {
    const disk = formatDisk();
    const other = entriesOf(extend(emptyLog(), TWO, NOOP));
    expect(
      written(disk, appended(1, 3), { type: 'truncate', from: 1 }, { type: 'append', entries: other }),
    ).toBeUndefined();
    expect(durableEnd(disk)).toEqual({ epoch: TWO, index: 1 });
  });

  test('that would have a gap is reported.', () => {
    expect(written(formatDisk(), appended(2, 3))).toBe('entry 2 is written behind entry 0');
  });

  test('is cut off in front only behind a durable snapshot.', () => {
    const disk = formatDisk();
    expect(written(disk, appended(1, 4), { type: 'compact', through: 2 })).toContain('no durable snapshot covers that');
    const saved = formatDisk();
    written(saved, appended(1, 4));
    saved.saving = snapshotAt(3);
    expect(completeSave(saved)).toBe(3);
    expect(written(saved, { type: 'compact', through: 2 })).toBeUndefined();
    expect(saved.entries.map((entry) => entry.index)).toEqual([3, 4]);
  });

  test('may be behind a snapshot after a crash, and then goes on behind that.', () => {
    const disk = formatDisk();
    written(disk, appended(1, 1));
    disk.saving = snapshotAt(3);
    crashDisk(disk, 0, true);
    expect(durableEnd(disk)).toEqual({ epoch: ONE, index: 3 });
    expect(written(disk, appended(4, 4))).toBeUndefined();
    expect(disk.entries.map((entry) => entry.index)).toEqual([4]);
  });

  test('gives way to a full copy, and an older snapshot that is finished later does not come back.', () => {
    const disk = formatDisk();
    written(disk, appended(1, 2));
    disk.saving = snapshotAt(1);
    written(disk, { type: 'install', snapshot: snapshotAt(3) });
    completeSave(disk);
    expect(disk.entries).toEqual([]);
    expect(disk.snapshot?.base.index).toBe(3);
    expect(hasDurably(disk, 2, ENTRIES[1]?.hash ?? 0)).toBe(true);
    expect(hasDurably(disk, 3, 123)).toBe(false);
    expect(hasDurably(disk, 4, ENTRIES[3]?.hash ?? 0)).toBe(false);
  });
});
