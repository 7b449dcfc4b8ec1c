import { assert, unreachable } from '../protocol/model/assert.ts';
import type { DiskOperation } from '../protocol/model/effects.ts';
import type { Entry } from '../protocol/model/entry.ts';
import { type Epoch, NO_EPOCH } from '../protocol/model/epoch.ts';
import type { FramePlace } from './frames.ts';

/** What is written to the log file line by line; the others (`install`, `compact`) write the file anew. */
export type LoggedOperation = Extract<DiskOperation, { readonly type: 'promise' | 'append' | 'truncate' }>;

/** What the lines of a log file say. A `compact` stands at its head only: entries up to there went behind a snapshot. */
export type LogLine = LoggedOperation | Extract<DiskOperation, { readonly type: 'compact' }>;

/**
 * Where in the log file each entry that still counts is, so that compaction copies bytes and no entry is kept in memory
 * for the disk's sake. Twenty-four bytes an entry.
 */
export interface LogIndex {
  promised: Epoch;
  /** Entries up to here were dropped behind a snapshot: without one that covers them, entries are missing. */
  dropped: number;
  /** Index of the entry at `starts[0]`. Of no meaning while there is none. */
  first: number;
  readonly starts: number[];
  readonly lengths: number[];
  /** CRC32 of each entry's line, so that a copy does not give damage a new checksum. */
  readonly sums: number[];
}

export function emptyIndex(promised: Epoch = NO_EPOCH, dropped = 0): LogIndex {
  return { promised, dropped, first: 0, starts: [], lengths: [], sums: [] };
}

/** The last entry of the log, or `otherwise` where it has none. */
export function lastOf(index: LogIndex, otherwise: number): number {
  return index.starts.length === 0 ? otherwise : index.first + index.starts.length - 1;
}

/** Notes the operation whose line is at `place`; `sum` is the CRC32 of that line. An append has one entry to a line. */
export function track(index: LogIndex, operation: LogLine, place: FramePlace, sum: number): void {
  switch (operation.type) {
    case 'promise':
      index.promised = operation.epoch;
      return;
    case 'compact':
      index.dropped = operation.through;
      return;
    case 'append':
      assert(operation.entries.length === 1, 'a line of the log has one entry');
      for (const entry of operation.entries) add(index, entry, place, sum);
      return;
    case 'truncate':
      keep(index, operation.from - index.first);
      return;
    default:
      unreachable(operation);
  }
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
