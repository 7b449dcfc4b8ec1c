import { unreachable } from '../../protocol/model/assert.ts';
import type { Configuration } from '../../protocol/model/configuration.ts';
import type { DiskOperation, Stored } from '../../protocol/model/effects.ts';
import type { Entry, LogBase } from '../../protocol/model/entry.ts';
import { type Epoch, type LogEnd, NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Snapshot } from '../../protocol/model/machine.ts';
import {
  afterLink,
  isBaseDueIn,
  makeBase,
  makeLink,
  NO_FILES,
  readFiles,
  SAVE_RULES,
  type SaveRules,
  type SimLink,
  type SnapshotFiles,
  withoutOthers,
  withoutReplaced,
} from './snapshot-files.ts';

/**
 * The disk of one replica: durable state, and at most one pending write and one pending snapshot. `disk-crash.ts` has
 * what a crash leaves of those. The twin of `src/storage`; both pass one suite of tests. Changed in place, by the
 * simulator only.
 */
export interface SimDisk {
  promised: Epoch;
  /** What its files say, as read back from them. */
  snapshot: Snapshot | undefined;
  files: SnapshotFiles;
  readonly rules: SaveRules;
  /** The last snapshot that became durable, as the process holds it in memory: what the next changes are made against. */
  published: Snapshot | undefined;
  /** A snapshot that is being written whole beside the links that have it already. */
  consolidating: Snapshot | undefined;
  /** A link whose name is not durable, because of a planted bug. */
  unsynced: SimLink | undefined;
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
  /** Writes, snapshots, and bases beside links so far: each has its own random draws. */
  writes: number;
  saves: number;
  baseWrites: number;
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

export function formatDisk(rules: SaveRules = SAVE_RULES): SimDisk {
  return {
    promised: NO_EPOCH,
    snapshot: undefined,
    files: NO_FILES,
    rules,
    published: undefined,
    consolidating: undefined,
    unsynced: undefined,
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
    baseWrites: 0,
  };
}

/** The pending write is durable. Returns what is wrong if the resulting log cannot be read. */
export function completeWrite(disk: SimDisk): string | undefined {
  const operations = disk.writing ?? [];
  disk.writing = undefined;
  return performAll(disk, operations);
}

/** A snapshot that became durable, and what is wrong if it can never be read. */
export interface Saved {
  readonly index: number;
  readonly wrong: string | undefined;
}

/** The pending snapshot is durable, whole or as changes. A newer full copy that arrived meanwhile stays. */
export function completeSave(disk: SimDisk): Saved | undefined {
  const { saving, published, rules } = disk;
  disk.saving = undefined;
  disk.unsynced = undefined;
  if (saving === undefined) return undefined;
  const { index } = saving.base;
  if (disk.snapshot !== undefined && index < disk.snapshot.base.index) return { index, wrong: undefined };
  const link = makeLink(published, saving, disk.files, rules);
  disk.published = saving;
  return { index, wrong: link === undefined ? putWhole(disk, saving) : putLink(disk, link) };
}

/** Begins to write the last snapshot whole beside the links, if it is time; whether it is. */
export function beginBase(disk: SimDisk): boolean {
  const { published, files, rules } = disk;
  if (disk.consolidating !== undefined || files.links.length === 0 || !isBaseDueIn(files, rules)) return false;
  disk.consolidating = published;
  if (published !== undefined && rules.planted.has('drops-chain-before-base')) {
    disk.files = withoutReplaced(files, published.base.index);
  }
  return true;
}

/** The base beside the links is durable: what it replaces goes, of that the first `dropped` files. */
export function completeBase(disk: SimDisk, dropped = Infinity): string | undefined {
  const whole = disk.consolidating;
  disk.consolidating = undefined;
  if (whole === undefined) return undefined;
  const made = makeBase(whole);
  if (made.type === 'rejected') return made.reason;
  const { index } = whole.base;
  const all = disk.rules.planted.has('drops-changes-beyond-base') ? () => true : undefined;
  const { bases, links } = withoutReplaced(disk.files, index, dropped, all);
  disk.files = { bases: [...bases, made.file], links };
  return undefined;
}

/** What a start finds, when the process that wrote the files has ended. Returns what is wrong if it cannot read them. */
export function reopenFiles(disk: SimDisk): string | undefined {
  disk.consolidating = undefined;
  disk.unsynced = undefined;
  try {
    disk.snapshot = readFiles(disk.files, disk.rules);
    disk.published = disk.snapshot;
    disk.files = withoutOthers(disk.files);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

/** A snapshot in place of all files. */
function putWhole(disk: SimDisk, snapshot: Snapshot): string | undefined {
  const wrong = putBase(disk, snapshot);
  disk.files = withoutReplaced(disk.files, snapshot.base.index);
  return wrong;
}

/** A base beside all files. */
export function putBase(disk: SimDisk, snapshot: Snapshot): string | undefined {
  disk.consolidating = undefined;
  const made = makeBase(snapshot);
  if (made.type === 'rejected') return made.reason;
  const { bases, links } = disk.files;
  const { index } = snapshot.base;
  const others = bases.filter((base) => base.snapshot.base.index !== index);
  disk.files = { bases: [...others, made.file], links };
  disk.snapshot = made.file.snapshot;
  return undefined;
}

/** Drops what a full copy has replaced, once the log is emptied. */
function installed(disk: SimDisk, snapshot: Snapshot): string | undefined {
  const wrong = putWhole(disk, snapshot);
  if (!disk.rules.planted.has('continues-changes-from-before-copy')) disk.published = snapshot;
  return wrong;
}

function putLink(disk: SimDisk, link: SimLink): string | undefined {
  const { bases, links } = disk.files;
  disk.files = { bases, links: [...links, link] };
  if (disk.rules.planted.has('reports-changes-before-durable')) disk.unsynced = link;
  try {
    // A link that does not continue what is there is passed over at a start.
    if (disk.snapshot?.base.index === link.from) disk.snapshot = afterLink(disk.snapshot, link, disk.rules.planted);
    return undefined;
  } catch (error) {
    return String(error);
  }
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
      disk.entries = [];
      disk.base = operation.snapshot.base.index;
      disk.wall = operation.wall ?? disk.wall;
      disk.clocks = [];
      return installed(disk, operation.snapshot);
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
