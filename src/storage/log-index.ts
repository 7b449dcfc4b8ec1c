import { assert, unreachable } from '../protocol/model/assert.ts';
import type { DiskOperation } from '../protocol/model/effects.ts';
import type { Entry } from '../protocol/model/entry.ts';
import { type Epoch, NO_EPOCH } from '../protocol/model/epoch.ts';
import type { FramePlace } from './frames.ts';

/** Operations that append a line to the log file; the others (`install`, `compact`) rewrite the file. */
export type LoggedOperation = Extract<DiskOperation, { readonly type: 'promise' | 'append' | 'truncate' }>;

/** An operation in a log file. A `compact` stands at its head only: entries through there went behind a snapshot. */
export type LogLine = LoggedOperation | Extract<DiskOperation, { readonly type: 'compact' }>;

/**
 * The place of each entry in the log file, so that compaction copies bytes and memory holds no entry for the disk. 24
 * bytes an entry.
 */
export interface LogIndex {
  promised: Epoch;
  /** Entries through here were dropped behind a snapshot. Without a snapshot that covers them, entries are missing. */
  dropped: number;
  /**
   * What the node's wall clock showed at the last write of an entry, perhaps of one truncated since, as far as the file
   * tells it: one that was rewritten since tells that of the newest entry it kept. Undefined in a log of an older release.
   */
  wall: number | undefined;
  /** Index of the entry at `starts[0]`. Undefined in meaning while `starts` is empty. */
  first: number;
  readonly starts: number[];
  readonly lengths: number[];
  /** CRC32 of each entry's line: a copy checks it, and so gives damage no new checksum. */
  readonly sums: number[];
}

export function emptyIndex(promised: Epoch = NO_EPOCH, dropped = 0, wall?: number): LogIndex {
  return { promised, dropped, wall, first: 0, starts: [], lengths: [], sums: [] };
}

/** Index of the last entry of the log, or `otherwise` for an empty one. */
export function lastOf(index: LogIndex, otherwise: number): number {
  return index.starts.length === 0 ? otherwise : index.first + index.starts.length - 1;
}

/**
 * Records the operation whose line is at `place`. `sum` is the CRC32 of that line. An append has one entry to a line.
 */
export function track(index: LogIndex, operation: LogLine, place: FramePlace, sum: number): void {
  switch (operation.type) {
    case 'promise':
      index.promised = operation.epoch;
      return;
    case 'compact':
      index.dropped = operation.through;
      noteWall(index, operation.wall);
      return;
    case 'append':
      assert(operation.entries.length === 1, 'a line of the log has one entry');
      for (const entry of operation.entries) add(index, entry, place, sum);
      noteWall(index, operation.wall);
      return;
    case 'truncate':
      keep(index, operation.from - index.first);
      return;
    default:
      unreachable(operation);
  }
}

function noteWall(index: LogIndex, wall: number | undefined): void {
  if (wall !== undefined) index.wall = wall;
}

function add(index: LogIndex, entry: Entry, place: FramePlace, sum: number): void {
  if (index.starts.length === 0) index.first = entry.index;
  assert(entry.index === index.first + index.starts.length, 'an entry continues the log');
  index.starts.push(place.at);
  index.lengths.push(place.length);
  index.sums.push(sum);
}

function keep(index: LogIndex, count: number): void {
  const length = Math.max(0, Math.min(index.starts.length, count));
  index.starts.length = length;
  index.lengths.length = length;
  index.sums.length = length;
}
