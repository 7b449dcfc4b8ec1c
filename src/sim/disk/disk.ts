import { unreachable } from '../../protocol/model/assert.ts';
import type { Configuration } from '../../protocol/model/configuration.ts';
import type { DiskOperation, Stored } from '../../protocol/model/effects.ts';
import type { Entry, LogBase } from '../../protocol/model/entry.ts';
import { type Epoch, type LogEnd, NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Snapshot } from '../../protocol/model/machine.ts';

/**
 * The disk of one replica: durable state, and at most one pending write and one pending snapshot. `disk-crash.ts` has
 * what a crash leaves of those. The twin of `src/storage`; both pass one suite of tests. Changed in place, by the
 * simulator only.
 */
export interface SimDisk {
  promised: Epoch;
  snapshot: Snapshot | undefined;
  /** Oldest first, without a gap; from the end of the snapshot on, or from before it. */
  entries: Entry[];
  /** The last entry that was cut off in front of them. */
  base: number;
  /**
   * The node's wall clock at the last write of an entry, perhaps of one truncated since, as far as the log tells it: one
   * that was compacted since tells that of the newest entry it kept. Undefined where no write has told it.
   */
  wall: number | undefined;
  /** Its wall clock at each write of entries that are still there. */
  clocks: Clocked[];
  writing: readonly DiskOperation[] | undefined;
  saving: Snapshot | undefined;
  /** Records behind the last good one after a crash. The next start cuts them off. */
  tail: readonly TailRecord[];
  /** How to take the last durable record of the log back; undefined where it is a whole file, or taken back already. */
  undo: Undo | undefined;
  /** Entries that the disk has had and lost with a last record. */
  forgotten: readonly LogBase[];
  /** Writes and snapshots so far: each has its own random draws. */
  writes: number;
  saves: number;
}

/** The fate of a record that was not durable at a crash. */
export type RecordFate = 'lost' | 'kept' | 'torn';

/** Entries that were written together, and what the node's wall clock showed. */
interface Clocked {
  readonly from: number;
  readonly through: number;
  readonly wall: number;
}

interface Undo {
  readonly promised: Epoch;
  readonly wall: number | undefined;
  readonly clocks: readonly Clocked[];
  /** Entries up to here were there before, and behind them `cut`. */
  readonly keep: number;
  readonly cut: readonly Entry[];
}

interface TailRecord {
  readonly operation: DiskOperation;
  readonly fate: RecordFate;
}

export function formatDisk(): SimDisk {
  return {
    promised: NO_EPOCH,
    snapshot: undefined,
    entries: [],
    base: 0,
    wall: undefined,
    clocks: [],
    writing: undefined,
    saving: undefined,
    tail: [],
    undo: undefined,
    forgotten: [],
    writes: 0,
    saves: 0,
  };
}

/** The pending write is durable. Returns what is wrong if the resulting log cannot be read. */
export function completeWrite(disk: SimDisk): string | undefined {
  const operations = disk.writing ?? [];
  disk.writing = undefined;
  return performAll(disk, operations);
}

/** The pending snapshot is durable. A newer full copy that arrived meanwhile stays. */
export function completeSave(disk: SimDisk): number | undefined {
  const saved = disk.saving;
  disk.saving = undefined;
  if (saved === undefined) return undefined;
  if (disk.snapshot === undefined || saved.base.index > disk.snapshot.base.index) disk.snapshot = saved;
  return saved.base.index;
}

/** The recovered state for a new process. */
export function storedOn(disk: SimDisk, incarnation: number): Stored {
  const { promised, snapshot, entries, wall } = disk;
  return { incarnation, promised, snapshot, entries: Object.freeze([...entries]), wall };
}

/** The end of the durable log. */
export function durableEnd(disk: SimDisk): LogEnd {
  const last = disk.entries.at(-1);
  const base = disk.snapshot?.base;
  if (last !== undefined && (base === undefined || last.index >= base.index)) {
    return { epoch: last.epoch, index: last.index };
  }
  return base === undefined ? { epoch: NO_EPOCH, index: 0 } : { epoch: base.epoch, index: base.index };
}

/** Whether the disk has entry `index` with that hash: in its log, or covered by its snapshot. */
export function hasDurably(disk: SimDisk, index: number, hash: number): boolean {
  const first = disk.entries[0];
  const entry = first === undefined ? undefined : disk.entries[index - first.index];
  if (entry !== undefined) return entry.hash === hash;
  const base = disk.snapshot?.base;
  return base !== undefined && (base.index > index || (base.index === index && base.hash === hash));
}

/** The newest configuration on the disk; `first` is the one that every log begins with. */
export function durableConfiguration(disk: SimDisk, first: Configuration): Configuration {
  for (let place = disk.entries.length - 1; place >= 0; place -= 1) {
    const entry = disk.entries[place];
    if (entry !== undefined && entry.index <= (disk.snapshot?.base.index ?? 0)) break;
    if (entry?.body.type === 'configuration') return entry.body.configuration;
  }
  return disk.snapshot?.configuration ?? first;
}

/** Makes operations durable. Returns what is wrong if the resulting log cannot be read. */
export function performAll(disk: SimDisk, operations: readonly DiskOperation[]): string | undefined {
  if (operations.length > 0) disk.undo = undoOf(disk, operations);
  for (const operation of operations) {
    const wrong = perform(disk, operation);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** How to take back `operations`, which are about to be performed as one record. */
function undoOf(
  { promised, entries, base, wall, clocks }: SimDisk,
  operations: readonly DiskOperation[],
): Undo | undefined {
  let keep = entries.at(-1)?.index ?? base;
  for (const operation of operations) {
    if (operation.type === 'install' || operation.type === 'compact') return undefined;
    if (operation.type === 'truncate') keep = Math.min(keep, operation.from - 1);
  }
  return { promised, wall, clocks: [...clocks], keep, cut: entries.filter(({ index }) => index > keep) };
}

/** The entries that are lost with the last record, if it can be lost; the newest last. */
export function lastRecord({ undo, entries, snapshot }: SimDisk): readonly Entry[] {
  const covered = snapshot?.base.index ?? 0;
  return undo === undefined ? [] : entries.filter(({ index }) => index > Math.max(undo.keep, covered));
}

/**
 * The disk loses its last durable record, and the node starts all the same. A promise is not lost with it: it is written
 * twice (PROTOCOL §2.7), unless `once`.
 */
export function forgetLastRecord(disk: SimDisk, once: boolean): void {
  const { undo } = disk;
  if (undo === undefined) return;
  disk.forgotten = [...disk.forgotten, ...lastRecord(disk)];
  disk.entries = [...disk.entries.filter(({ index }) => index <= undo.keep), ...undo.cut];
  disk.wall = undo.wall;
  disk.clocks = [...undo.clocks];
  if (once) disk.promised = undo.promised;
  disk.undo = undefined;
}

/** Whether the disk has the entry, or has had it and lost it with a last record. */
export function hasOrHad(disk: SimDisk, index: number, hash: number): boolean {
  return hasDurably(disk, index, hash) || disk.forgotten.some((lost) => lost.index === index && lost.hash === hash);
}

function perform(disk: SimDisk, operation: DiskOperation): string | undefined {
  switch (operation.type) {
    case 'promise':
      disk.promised = operation.epoch;
      return undefined;
    case 'append':
      for (const entry of operation.entries) {
        const wrong = append(disk, entry);
        if (wrong !== undefined) return wrong;
      }
      noteWall(disk, operation);
      return undefined;
    case 'truncate':
      disk.entries = disk.entries.filter((entry) => entry.index < operation.from);
      disk.clocks = disk.clocks
        .filter(({ from }) => from < operation.from)
        .map((clock) => ({ ...clock, through: Math.min(clock.through, operation.from - 1) }));
      return undefined;
    case 'install':
      disk.snapshot = operation.snapshot;
      disk.entries = [];
      disk.base = operation.snapshot.base.index;
      disk.wall = operation.wall ?? disk.wall;
      disk.clocks = [];
      return undefined;
    case 'compact':
      if ((disk.snapshot?.base.index ?? 0) < operation.through) {
        return `the log is cut through ${operation.through}, and no durable snapshot covers that`;
      }
      disk.entries = disk.entries.filter((entry) => entry.index > operation.through);
      disk.base = Math.max(disk.base, operation.through);
      disk.clocks = disk.clocks.filter(({ through }) => through > operation.through);
      disk.wall = disk.clocks.at(-1)?.wall ?? disk.wall;
      return undefined;
    default:
      return unreachable(operation);
  }
}

function noteWall(disk: SimDisk, { entries, wall }: Extract<DiskOperation, { type: 'append' }>): void {
  const [first, last] = [entries[0], entries.at(-1)];
  if (wall === undefined || first === undefined || last === undefined) return;
  disk.wall = wall;
  disk.clocks.push({ from: first.index, through: last.index, wall });
}

function append(disk: SimDisk, entry: Entry): string | undefined {
  const last = disk.entries.at(-1)?.index ?? disk.base;
  if (entry.index !== last + 1) return `entry ${entry.index} is written behind entry ${last}`;
  disk.entries.push(entry);
  return undefined;
}
