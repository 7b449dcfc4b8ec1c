import { describe, expect, test } from 'vitest';
import type { DiskOperation } from '../../../src/protocol/model/effects.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import { Map } from 'immutable';
import { initialMachine, type Snapshot } from '../../../src/protocol/model/machine.ts';
import { hashValue } from '../../../src/protocol/model/value-hash.ts';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { SAVE_RULES, type SaveRules } from '../../../src/sim/disk/snapshot-files.ts';
import { acceptTail, crashDisk, cutTail, stepsUnderWay, type Wreck } from '../../../src/sim/disk/disk-crash.ts';
import {
  beginBase,
  completeBase,
  completeSave,
  completeWrite,
  durableEnd,
  formatDisk,
  hasDurably,
  type RecordFate,
  type SimDisk,
  storedOn,
} from '../../../src/sim/disk/disk.ts';
import { emptyLog, entriesOf, epoch, extend, NOOP, THREE } from '../../support/sim/bad-cluster.ts';

const ONE = epoch(1, 's1');
const TWO = epoch(2, 's2');
const LOG = extend(emptyLog(), ONE, NOOP, NOOP, NOOP, NOOP);
const ENTRIES = entriesOf(LOG);

function written(disk: SimDisk, ...operations: readonly DiskOperation[]): string | undefined {
  disk.writing = operations;
  return completeWrite(disk);
}

function snapshotAt(index: number): Snapshot {
  const entry = ENTRIES[index - 1];
  if (entry === undefined) throw new Error('the log is as long as that');
  const { index: at, epoch: of, hash, lamport, wall } = entry;
  return { base: { index: at, epoch: of, hash, lamport, wall }, configuration: THREE, machine: undefined };
}

/** The same of a data server, with these rows. */
function stateAt(index: number, rows: Map<string, number>): Snapshot {
  const snapshot = snapshotAt(index);
  return { ...snapshot, machine: initialMachine(snapshot.base, { rows }, { dedupeFor: 1, dedupeMargin: 1 }) };
}

/** A disk that has saved these, one after another. */
function saved(rules: Partial<SaveRules>, ...snapshots: readonly Snapshot[]): SimDisk {
  const disk = formatDisk({ ...SAVE_RULES, wholeWhenSmall: false, ...rules });
  written(disk, appended(1, 4));
  for (const snapshot of snapshots) {
    disk.saving = snapshot;
    expect(completeSave(disk)?.wrong).toBeUndefined();
  }
  return disk;
}

function filesOn({ files: { bases, links } }: SimDisk): readonly string[] {
  return [...bases.map(({ snapshot }) => `${snapshot.base.index}`), ...links.map(({ from, to }) => `${from}-${to}`)];
}

function appended(from: number, to: number): DiskOperation {
  return { type: 'append', entries: ENTRIES.slice(from - 1, to) };
}

/** Nothing of the write was durable, the system had taken all of it, and this is what becomes of its records. */
function wreck(...fates: readonly RecordFate[]): Wreck {
  return { done: 0, taken: fates.length, fateOf: (place) => fates[place] ?? 'lost', saved: false };
}

function crashed(disk: SimDisk, how: Wreck, recordsPerFrame = 100): string | undefined {
  return crashDisk(disk, stepsUnderWay(disk, recordsPerFrame), how);
}

const PROMISED: DiskOperation = { type: 'promise', epoch: ONE };

describe('a crash', () => {
  test('leaves a frame whole, or cuts it off whatever is left of it.', () => {
    const all: readonly RecordFate[] = ['kept', 'kept', 'kept'];
    const fates: readonly (readonly RecordFate[])[] = [
      all,
      ['lost', 'lost', 'lost'],
      ['kept', 'kept', 'torn'],
      ['kept', 'torn', 'lost'],
      ['lost', 'kept', 'kept'],
    ];
    const found = fates.map((each) => {
      const disk = formatDisk();
      disk.writing = [PROMISED, appended(1, 2)];
      expect(crashed(disk, wreck(...each))).toBeUndefined();
      return [disk.promised === ONE, disk.entries.length, cutTail(disk), cutTail(disk)];
    });
    expect(found).toEqual([
      [true, 2, false, false],
      [false, 0, false, false],
      [false, 0, true, false],
      [false, 0, true, false],
      [false, 0, true, false],
    ]);
  });

  test('loses what was in flight, whatever becomes of the rest.', () => {
    const disk = formatDisk();
    disk.writing = [appended(1, 3)];
    crashed(disk, { ...wreck('kept', 'kept', 'kept'), taken: 2 });
    expect(disk.tail.map(({ fate }) => fate)).toEqual(['kept', 'kept', 'lost']);
    expect(disk.entries).toEqual([]);
  });

  test('keeps the frames that were synced before the one under way.', () => {
    const found = [0, 1, 2, 3].map((done) => {
      const disk = formatDisk();
      disk.writing = [PROMISED, appended(1, 3)];
      crashed(disk, { ...wreck('torn', 'kept'), done: Math.min(done, 2) }, 2);
      return [disk.promised === ONE, disk.entries.length, disk.tail.length];
    });
    expect(found).toEqual([
      [false, 0, 2],
      [true, 1, 2],
      [true, 3, 0],
      [true, 3, 0],
    ]);
  });

  test('in the middle of a full copy leaves the old log, the copy with nothing behind it, or both of them.', () => {
    const copy: DiskOperation = { type: 'install', snapshot: snapshotAt(3) };
    const found = [0, 1, 2].map((done) => {
      const disk = formatDisk();
      written(disk, appended(1, 2));
      disk.writing = [copy];
      crashed(disk, { ...wreck(), done });
      return [disk.snapshot?.base.index, disk.entries.map(({ index }) => index), durableEnd(disk).index];
    });
    expect(found).toEqual([
      [undefined, [1, 2], 2],
      [3, [], 3],
      [3, [], 3],
    ]);
  });

  test('before the log is emptied for a full copy leaves a log that leads to the same place.', () => {
    const disk = formatDisk();
    written(disk, appended(1, 4));
    disk.writing = [{ type: 'install', snapshot: snapshotAt(3) }];
    crashed(disk, { ...wreck(), done: 1 });
    expect(durableEnd(disk).index).toBe(4);
  });

  test('keeps what was durable, and a snapshot only if it was finished.', () => {
    const disk = formatDisk();
    written(disk, appended(1, 3));
    disk.saving = snapshotAt(2);
    crashed(disk, wreck());
    expect(storedOn(disk, 5)).toEqual({
      incarnation: 5,
      promised: NO_EPOCH,
      snapshot: undefined,
      entries: ENTRIES.slice(0, 3),
    });
    disk.saving = snapshotAt(2);
    crashed(disk, { ...wreck(), saved: true });
    expect(disk.snapshot?.base.index).toBe(2);
  });

  test('fools a reader that looks at no checksum: it takes a torn record for a whole one.', () => {
    const disk = formatDisk();
    disk.writing = [appended(1, 2), { type: 'promise', epoch: epoch(12, 's1') }];
    crashed(disk, wreck('kept', 'torn', 'lost'));
    expect(acceptTail(disk)).toBeUndefined();
    expect(disk.entries).toEqual([ENTRIES[0], { ...ENTRIES[1], body: { type: 'noop' } }]);
    disk.writing = [{ type: 'promise', epoch: epoch(12, 's1') }];
    crashed(disk, wreck('torn'));
    expect(acceptTail(disk)).toBeUndefined();
    expect(disk.promised).toEqual(epoch(1, 's1'));
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
    const cut = formatDisk();
    written(cut, appended(1, 4));
    cut.saving = snapshotAt(3);
    expect(completeSave(cut)).toEqual({ index: 3, wrong: undefined });
    expect(written(cut, { type: 'compact', through: 2 })).toBeUndefined();
    expect(cut.entries.map((entry) => entry.index)).toEqual([3, 4]);
  });

  test('may be behind a snapshot after a crash, and then goes on behind that.', () => {
    const disk = formatDisk();
    written(disk, appended(1, 1));
    disk.saving = snapshotAt(3);
    crashed(disk, { ...wreck(), saved: true });
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

describe('snapshots on disk', () => {
  const FIRST = stateAt(1, Map({ a: 1, b: 2, c: 3 }));
  const SECOND = stateAt(2, Map({ a: 1, b: 2, c: 4 }));
  const THIRD = stateAt(3, Map({ a: 1, c: 4, d: 5 }));

  test('are a base and changes, which make the last one, also for the next process.', () => {
    const disk = saved({}, FIRST, SECOND, THIRD);
    expect(filesOn(disk)).toEqual(['1', '1-2', '2-3']);
    expect(hashValue(disk.snapshot)).toBe(hashValue(THIRD));
    expect(crashed(disk, wreck())).toBeUndefined();
    expect(hashValue(storedOn(disk, 2).snapshot)).toBe(hashValue(THIRD));
  });

  test.each([
    [undefined, ['1', '1-2', '2-3']],
    [0, ['3']],
    [1, ['3']],
    [Infinity, ['3']],
  ])('are the same after a crash that leaves a base beside them so: %s', (based, files) => {
    const disk = saved({ linksAtMost: 4 }, FIRST, SECOND, THIRD);
    expect(beginBase(disk)).toBe(true);
    expect(crashed(disk, { ...wreck(), based })).toBeUndefined();
    expect(filesOn(disk)).toEqual(files);
    expect(hashValue(disk.snapshot)).toBe(hashValue(THIRD));
  });

  test('keep the changes that reach beyond a base.', () => {
    const disk = saved({ linksAtMost: 2 }, FIRST, SECOND);
    expect(beginBase(disk)).toBe(true);
    expect(beginBase(disk)).toBe(false);
    disk.saving = THIRD;
    const beyond = formatDisk(disk.rules);
    Object.assign(beyond, { ...disk, rules: { ...disk.rules, linksAtMost: 4 } });
    completeSave(beyond);
    expect(completeBase(beyond)).toBeUndefined();
    expect(filesOn(beyond)).toEqual(['2', '2-3']);
    expect(hashValue(beyond.snapshot)).toBe(hashValue(THIRD));
  });

  test('begin anew with a full copy.', () => {
    const disk = saved({}, FIRST);
    written(disk, { type: 'install', snapshot: SECOND });
    disk.saving = THIRD;
    completeSave(disk);
    expect(filesOn(disk)).toEqual(['2', '2-3']);
  });

  test.each<readonly [PlantedBug, readonly Snapshot[]]>([
    ['omits-deletions-from-changes', [SECOND, THIRD]],
    ['writes-only-new-keys', [FIRST, SECOND]],
    ['keeps-older-values-at-load', [FIRST, SECOND]],
    ['compares-collections-by-size', [FIRST, SECOND]],
  ])('say something else with the planted bug %s, if changes go into small records.', (bug, snapshots) => {
    const wide = snapshots.map((snapshot) => {
      const rows = Map(Array.from({ length: 20 }, (_, number) => [`row ${number}`, number] as const));
      const state: unknown = snapshot.machine?.state;
      const own =
        typeof state === 'object' && state !== null && 'rows' in state && Map.isMap(state.rows) ? state.rows : Map();
      return { ...snapshot, machine: snapshot.machine && { ...snapshot.machine, state: { rows: own.concat(rows) } } };
    });
    expect(hashValue(saved({}, ...wide).snapshot)).toBe(hashValue(wide[1]));
    expect(hashValue(saved({ planted: new Set([bug]) }, ...wide).snapshot)).not.toBe(hashValue(wide[1]));
  });
});
