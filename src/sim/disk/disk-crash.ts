import { unreachable } from '../../protocol/model/assert.ts';
import type { DiskOperation } from '../../protocol/model/effects.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { completeBase, completeSave, performAll, putBase, reopenFiles, type RecordFate, type SimDisk } from './disk.ts';

/*
 * Crash model of a disk. A record passes three layers: in flight, buffered (the system has it), durable (synced).
 * - A crash keeps what is durable and loses what is in flight.
 * - A crash loses, keeps or tears each buffered record independently: a later one may survive an earlier one.
 *
 * Recovery follows the way `src/storage` writes: step by step, each durable before the next begins. Records go out in
 * frames with one checksum each, so a frame is found whole or cut off. Snapshots and rewritten logs get their names
 * once they are durable, and are found whole or not at all.
 */

/** The outcome of a crash for one disk. */
export interface Wreck {
  /** Steps of the pending write that were durable, though not yet reported. */
  readonly done: number;
  /** Records of the current step that the system had buffered. */
  readonly taken: number;
  /** The fate of a buffered record, by its place in the step. */
  readonly fateOf: (place: number) => RecordFate;
  /** Whether the pending snapshot was complete. */
  readonly saved: boolean;
  /** Whether a base beside the links was complete: how many of the files that it replaces were gone. */
  readonly based?: number | undefined;
}

/** One step of a write. */
export type DiskStep =
  | { readonly type: 'frame'; readonly records: readonly DiskOperation[] }
  /** A file that gets its name once it is durable. */
  | { readonly type: 'publish'; readonly operation: Extract<DiskOperation, { type: 'install' | 'compact' }> }
  /** The snapshot of a full copy, before the log is emptied. */
  | { readonly type: 'copy'; readonly operation: Extract<DiskOperation, { type: 'install' }> };

/** The steps of the pending write, at most `recordsPerFrame` records to a frame. */
export function stepsUnderWay(disk: SimDisk, recordsPerFrame: number): readonly DiskStep[] {
  const steps: DiskStep[] = [];
  let frame: DiskOperation[] = [];
  const close = (): void => {
    if (frame.length > 0) steps.push({ type: 'frame', records: frame });
    frame = [];
  };
  for (const operation of disk.writing ?? []) {
    if (operation.type === 'install' || operation.type === 'compact') {
      close();
      if (operation.type === 'install') steps.push({ type: 'copy', operation });
      steps.push({ type: 'publish', operation });
      continue;
    }
    for (const record of recordsOf(operation)) {
      frame.push(record);
      if (frame.length >= recordsPerFrame) close();
    }
  }
  close();
  return steps;
}

/**
 * Crashes the disk. `steps` are those of the pending write. Returns what is wrong if the remaining log cannot be read.
 */
export function crashDisk(disk: SimDisk, steps: readonly DiskStep[], wreck: Wreck): string | undefined {
  disk.writing = undefined;
  disk.tail = [];
  const unreadable = crashSnapshot(disk, wreck);
  if (unreadable !== undefined) return unreadable;
  for (const step of steps.slice(0, wreck.done)) {
    const wrong = complete(disk, step);
    if (wrong !== undefined) return wrong;
  }
  const broken = steps[wreck.done];
  if (broken?.type === 'frame') {
    const tail = broken.records.map((operation, place) => {
      const fate: RecordFate = place < wreck.taken ? wreck.fateOf(place) : 'lost';
      return { operation, fate };
    });
    const isWhole = tail.every(({ fate }) => fate === 'kept');
    if (!isWhole) disk.tail = tail;
    const wrong = isWhole ? complete(disk, broken) : undefined;
    if (wrong !== undefined) return wrong;
  }
  const lost = reopenFiles(disk);
  leaveContradiction(disk);
  return lost;
}

function crashSnapshot(disk: SimDisk, { saved, based }: Wreck): string | undefined {
  const { bases, links } = disk.files;
  if (!saved && disk.unsynced !== undefined) {
    disk.files = { bases, links: links.filter((link) => link !== disk.unsynced) };
  }
  const wrong = [
    saved ? completeSave(disk)?.wrong : undefined,
    based === undefined ? undefined : completeBase(disk, based),
  ].find((found) => found !== undefined);
  disk.saving = undefined;
  return reopenFiles(disk) ?? wrong;
}

/** Recovery: cuts a torn tail off the log. Returns whether there was one. */
export function cutTail(disk: SimDisk): boolean {
  const isThere = disk.tail.some(({ fate }) => fate !== 'lost');
  disk.tail = [];
  return isThere;
}

/**
 * Recovery without checksums: takes the records before the first missing one, and a torn one as far as it goes. Only a
 * planted bug does this.
 */
export function acceptTail(disk: SimDisk): string | undefined {
  const missing = disk.tail.findIndex(({ fate }) => fate === 'lost');
  const found = missing < 0 ? disk.tail : disk.tail.slice(0, missing);
  disk.tail = [];
  return performAll(
    disk,
    found.map(({ operation, fate }) => (fate === 'torn' ? tornCopy(operation) : operation)),
  );
}

function complete(disk: SimDisk, step: DiskStep): string | undefined {
  switch (step.type) {
    case 'frame':
      return performAll(disk, step.records);
    case 'publish':
      return performAll(disk, [step.operation]);
    case 'copy':
      return putBase(disk, step.operation.snapshot);
    default:
      return unreachable(step);
  }
}

/** Drops a log that does not reach the snapshot beside it, or contradicts it there (PROTOCOL §9). */
export function leaveContradiction(disk: SimDisk): void {
  const base = disk.snapshot?.base;
  const [first] = disk.entries;
  if (base === undefined || disk.base === base.index) return;
  const there = first === undefined ? undefined : disk.entries[base.index - first.index];
  if (there?.hash === base.hash || first?.index === base.index + 1) return;
  disk.entries = [];
  disk.base = base.index;
}

/** One record for each entry. */
function recordsOf(operation: DiskOperation): readonly DiskOperation[] {
  return operation.type === 'append'
    ? operation.entries.map((entry) => ({ type: 'append', entries: [entry], wall: operation.wall }))
    : [operation];
}

/** The beginning of a record, without its end. */
function tornCopy(operation: DiskOperation): DiskOperation {
  switch (operation.type) {
    case 'promise': {
      const { counter, nodeId } = operation.epoch;
      return { type: 'promise', epoch: { counter: Math.floor(counter / 10), nodeId } };
    }
    case 'append':
      return {
        type: 'append',
        entries: operation.entries.map((entry): Entry => ({ ...entry, body: { type: 'noop' } })),
      };
    case 'truncate':
    case 'install':
    case 'compact':
      return operation;
    default:
      return unreachable(operation);
  }
}
