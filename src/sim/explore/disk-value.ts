import { unreachable } from '../../protocol/model/assert.ts';
import type { DiskOperation, Stored } from '../../protocol/model/effects.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { type Epoch, NO_EPOCH } from '../../protocol/model/epoch.ts';
import type { Snapshot } from '../../protocol/model/machine.ts';
import { formatDisk, type SimDisk } from '../disk/disk.ts';
import { MOMENT } from './ticks.ts';

/**
 * The disk of one replica as an immutable value: durable state, and at most one pending write and one pending snapshot.
 * It behaves like the simulator's disk (sim/disk/disk.ts), without that one's faults.
 */
export interface DiskValue {
  readonly promised: Epoch;
  readonly snapshot: Snapshot | undefined;
  /** Oldest first, without a gap, behind `base`. */
  readonly entries: readonly Entry[];
  readonly base: number;
  /** One record each, in the order of writing. */
  readonly writing: readonly DiskOperation[] | undefined;
  readonly saving: Snapshot | undefined;
  /** The entries that the disk has lost, and the incarnation of the process that found it so. */
  readonly forgotten: readonly Entry[];
  readonly incarnation: number;
}

export const EMPTY_DISK: DiskValue = {
  promised: NO_EPOCH,
  snapshot: undefined,
  entries: [],
  base: 0,
  writing: undefined,
  saving: undefined,
  forgotten: [],
  incarnation: 1,
};

/** Begins a write: nothing of it is durable yet. */
export function beginWrite(disk: DiskValue, operations: readonly DiskOperation[]): DiskValue {
  return { ...disk, writing: operations.flatMap(recordsOf) };
}

/**
 * Ends the pending write: its first `count` records are durable, and the rest is lost; without a count, all are
 * durable.
 */
export function endWrite(disk: DiskValue, count = Infinity): DiskValue {
  return (disk.writing ?? []).slice(0, count).reduce(perform, { ...disk, writing: undefined });
}

/** Ends the pending snapshot: durable, or (`isKept` false) lost. */
export function endSave(disk: DiskValue, isKept: boolean): DiskValue {
  const { saving, snapshot } = disk;
  const isNewer = saving !== undefined && (snapshot === undefined || saving.base.index > snapshot.base.index);
  return { ...disk, saving: undefined, snapshot: isKept && isNewer ? saving : snapshot };
}

/** The recovered state for a new process. */
export function storedIn({ promised, snapshot, entries, incarnation }: DiskValue): Stored {
  return { incarnation, promised, snapshot, entries, wall: MOMENT.wall };
}

/** The last entry of the log, if it can be lost: a snapshot has it otherwise. */
export function lastEntry({ entries, snapshot }: DiskValue): Entry | undefined {
  const last = entries.at(-1);
  return last !== undefined && last.index > (snapshot?.base.index ?? 0) ? last : undefined;
}

/** The disk without the last entry of its log. The next process has a new incarnation, as any; others need none here. */
export function loseLastEntry(disk: DiskValue): DiskValue {
  const lost = lastEntry(disk);
  if (lost === undefined) return disk;
  const forgotten = [...disk.forgotten, lost];
  return { ...disk, entries: disk.entries.slice(0, -1), forgotten, incarnation: disk.incarnation + 1 };
}

/** The same disk as judges read it, made once. */
export function asSimDisk(disk: DiskValue): Readonly<SimDisk> {
  const known = SIM_DISKS.get(disk);
  if (known !== undefined) return known;
  const { promised, snapshot, entries, base, forgotten } = disk;
  const made = { ...formatDisk(), promised, snapshot, entries: [...entries], base, forgotten };
  SIM_DISKS.set(disk, made);
  return made;
}

const SIM_DISKS = new WeakMap<DiskValue, Readonly<SimDisk>>();

function recordsOf(operation: DiskOperation): readonly DiskOperation[] {
  return operation.type === 'append'
    ? operation.entries.map((entry) => ({ type: 'append', entries: [entry], wall: operation.wall }))
    : [operation];
}

function perform(disk: DiskValue, operation: DiskOperation): DiskValue {
  switch (operation.type) {
    case 'promise':
      return { ...disk, promised: operation.epoch };
    case 'append':
      return operation.entries.reduce(append, disk);
    case 'truncate':
      return { ...disk, entries: disk.entries.filter(({ index }) => index < operation.from) };
    case 'install': {
      const { snapshot } = operation;
      return { ...disk, snapshot, entries: [], base: snapshot.base.index };
    }
    case 'compact': {
      const entries = disk.entries.filter(({ index }) => index > operation.through);
      return { ...disk, entries, base: Math.max(disk.base, operation.through) };
    }
    default:
      return unreachable(operation);
  }
}

/** A crash can leave the snapshot ahead of the log; then the log continues behind the snapshot. */
function append(disk: DiskValue, entry: Entry): DiskValue {
  const last = disk.entries.at(-1)?.index ?? disk.base;
  if (entry.index === last + 1) return { ...disk, entries: [...disk.entries, entry] };
  return { ...disk, entries: [entry], base: entry.index - 1 };
}
