import { crc32 } from 'node:zlib';
import type { Entry } from '../protocol/model/entry.ts';
import { decodeOperation } from '../protocol/wire/codec.ts';
import { checkHeader, headerOf } from './file-header.ts';
import { FRAME_HEADER_BYTES, type FramePlace, linesIn, scanFrames } from './frames.ts';
import { emptyIndex, type LogIndex, type LogLine, track } from './log-index.ts';
import { StorageError } from './storage-error.ts';

const FORMAT = 1;

/** First line of a log file. */
export const LOG_HEADER: Buffer = headerOf('log', FORMAT);

/** The contents of a log file. */
export interface ReplayedLog {
  readonly index: LogIndex;
  readonly entries: readonly Entry[];
  /** The begin and the end of the last good frame, in bytes. What is behind it is a torn write. */
  readonly lastFrame: number;
  readonly end: number;
}

/**
 * Replays a log file from its first byte. Throws a StorageError, with the byte, on a header of another format, on
 * damage in front of good records, and on records that are inconsistent although their checksums are right.
 */
export function replayLog(bytes: Buffer, file: string): ReplayedLog {
  checkHeader(bytes, 'log', FORMAT, file);
  const { frames, end } = scanFrames(bytes, LOG_HEADER.length, file);
  const index = emptyIndex();
  const entries: Entry[] = [];
  for (const frame of frames) {
    for (const line of linesIn(bytes, frame)) {
      const operation = decodeLine(bytes, line, file);
      replay(operation, { ...line, sum: crc32(bytes.subarray(line.at, line.at + line.length)) }, index, entries, file);
    }
  }
  return { index, entries, lastFrame: (frames.at(-1)?.at ?? end + FRAME_HEADER_BYTES) - FRAME_HEADER_BYTES, end };
}

function decodeLine(bytes: Buffer, { at, length }: FramePlace, file: string): LogLine {
  const decoded = decodeOperation(bytes.toString('utf8', at, at + length));
  if (decoded.type === 'rejected') throw new StorageError(`${file}, byte ${at}: ${decoded.reason}`);
  const operation = decoded.value;
  if (operation.type === 'install') throw new StorageError(`${file}, byte ${at}: a log has no ${operation.type}`);
  return operation;
}

function replay(
  operation: LogLine,
  line: FramePlace & { readonly sum: number },
  index: LogIndex,
  entries: Entry[],
  file: string,
): void {
  const [entry] = operation.type === 'append' ? operation.entries : [];
  const last = entries.at(-1);
  if (operation.type === 'append') {
    const continues =
      entry !== undefined &&
      operation.entries.length === 1 &&
      (last === undefined || (entry.index === last.index + 1 && entry.previousHash === last.hash));
    if (!continues)
      throw new StorageError(`${file}, byte ${line.at}: an entry that does not continue the one before it`);
    entries.push(entry);
  }
  if (operation.type === 'compact' && last !== undefined) {
    throw new StorageError(`${file}, byte ${line.at}: a compaction behind entries`);
  }
  track(index, operation, line, line.sum);
  entries.length = index.starts.length;
}
