import { unreachable } from '../../protocol/model/assert.ts';
import type { DiskOperation } from '../../protocol/model/effects.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { completeSave, performAll, type RecordFate, type SimDisk } from './disk.ts';

/*
 * A disk has three layers. A record is in flight until the system has taken it, buffered until it is synced, and durable
 * from then on. A crash keeps what is durable. What was in flight is lost; of what was buffered each record is lost, kept or
 * torn by itself, so later ones may be there while earlier ones are not.
 *
 * What the next process then finds follows from how `src/storage` writes: one step after the other, each durable before the
 * next begins. Records go out in frames with one checksum each, so a frame is found whole or cut off; a snapshot and
 * a log that is written anew get their names when they are durable, and are there whole or not at all.
 */

/** How a crash falls out, for one disk. */
export interface Wreck {
  /** Steps of the write under way that were durable already, though nobody had been told. */
  readonly done: number;
  /** How many records of the step under way the system had taken. */
  readonly taken: number;
  /** What becomes of a record the system had taken, by its place in the step. */
  readonly fateOf: (place: number) => RecordFate;
  /** Whether the snapshot under way was finished. */
  readonly saved: boolean;
}

/** One step of a write. */
export type DiskStep =
  | { readonly type: 'frame'; readonly records: readonly DiskOperation[] }
  /** A file that gets its name once it is durable. */
  | { readonly type: 'publish'; readonly operation: Extract<DiskOperation, { type: 'install' | 'compact' }> }
  /** The snapshot of a full copy, before the log is emptied. */
  | { readonly type: 'copy'; readonly operation: Extract<DiskOperation, { type: 'install' }> };

/** The steps of the write under way, at most `recordsPerFrame` records to a frame. */
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

/** The process dies. `steps` are those of the write under way. Says what is wrong, if what is left could not be read back. */
export function crashDisk(disk: SimDisk, steps: readonly DiskStep[], wreck: Wreck): string | undefined {
  disk.writing = undefined;
  disk.tail = [];
  if (wreck.saved) completeSave(disk);
  disk.saving = undefined;
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
  leaveContradiction(disk);
  return undefined;
}

/** A new process reads the log: a torn tail is cut off. Says whether there was anything to cut. */
export function cutTail(disk: SimDisk): boolean {
  const isThere = disk.tail.some(({ fate }) => fate !== 'lost');
  disk.tail = [];
  return isThere;
}

/**
 * What a reader makes of the tail that looks at no checksum: the records in front of the first one that is missing, and
 * a torn one as far as it goes. Only a planted bug reads like that.
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
      disk.snapshot = step.operation.snapshot;
      return undefined;
    default:
      return unreachable(step);
  }
}

/** A log that does not reach the snapshot beside it, or contradicts it there, is left behind (PROTOCOL §9). */
function leaveContradiction(disk: SimDisk): void {
  const base = disk.snapshot?.base;
  const [first] = disk.entries;
  if (base === undefined || disk.base === base.index) return;
  const there = first === undefined ? undefined : disk.entries[base.index - first.index];
  if (there?.hash === base.hash || first?.index === base.index + 1) return;
  disk.entries = [];
  disk.base = base.index;
}

/** One entry to a record. */
function recordsOf(operation: DiskOperation): readonly DiskOperation[] {
  return operation.type === 'append'
    ? operation.entries.map((entry) => ({ type: 'append', entries: [entry] }))
    : [operation];
}

/** The beginning of a record was written, its end was not. */
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
