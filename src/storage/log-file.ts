import { stat } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { assert } from '../protocol/model/assert.ts';
import { encodeOperation } from '../protocol/wire/codec.ts';
import {
  closeFile,
  openDurable,
  openFile,
  publish,
  readAll,
  syncFile,
  truncateFile,
  unfinished,
  writeAll,
  writeDurably,
} from './files.ts';
import { FRAME_BYTES_AT_MOST, frameOfLines } from './frames.ts';
import { copyLog } from './log-copy.ts';
import { lastOf, type LoggedOperation, type LogIndex, track } from './log-index.ts';
import { LOG_HEADER, type ReplayedLog, replayLog } from './log-replay.ts';
import { roomOf } from './log-room.ts';

/** Characters in one frame; each is at most three bytes of UTF-8. */
const FRAME_CHARACTERS_AT_MOST = Math.floor(FRAME_BYTES_AT_MOST / 4);

/**
 * The write-ahead log: a header line, then frames of lines, one operation and at most one entry to a line. One frame is
 * one write: after a crash it is whole, or cut off as torn. Behind the last one there may be zeros (log-room.ts).
 */
export interface LogFile {
  /** Index of the last entry, or `otherwise` for an empty log. */
  last(otherwise: number): number;
  /**
   * Makes operations durable with one frame and one durable write; with more only where they exceed a frame. A promise
   * gets a second frame, so that a log that loses its last one keeps it (PROTOCOL §2.7).
   */
  append(operations: readonly LoggedOperation[]): Promise<void>;
  /**
   * Rewrites the log with only the latest promise, a `compact` through `dropped`, and the entries from `from` on.
   * `wall`: this node's wall clock when a full copy replaces the entries.
   * Atomic. Rejects with a StorageError when an entry it reads back is not what was written.
   */
  rewrite(from: number, dropped: number, wall?: number): Promise<void>;
  close(): Promise<void>;
}

/** Creates an empty log. Rejects where there is one. */
export async function createLog(path: string): Promise<void> {
  const file = await openFile(unfinished(path), 'w');
  try {
    await writeAll(file, LOG_HEADER, 0);
    await syncFile(file);
  } finally {
    await closeFile(file);
  }
  await publish(path);
}

/**
 * Opens a log: replays it and cuts off a torn tail. All it returns is durable. The last frame alone may not be: a
 * killed process may have left it whole and never synced, and after a failed sync the system may take it for clean. So
 * it is written once more and synced. Rejects with a StorageError on damage (see `scanFrames`).
 */
export async function openLog(path: string): Promise<{ readonly log: LogFile; readonly replayed: ReplayedLog }> {
  const bytes = await readWhole(path);
  const replayed = replayLog(bytes, path);
  const file = await openDurable(path);
  if (replayed.end < bytes.length) await cutAt(file, replayed.end);
  await writeDurably(file, bytes.subarray(replayed.lastFrame, replayed.end), replayed.lastFrame);
  return { log: logFile(path, file, replayed.index, replayed.end), replayed };
}

/** Reads a whole file, which may be larger than `readFile` takes. */
export async function readWhole(path: string): Promise<Buffer> {
  const { size } = await stat(path);
  const file = await openFile(path, 'r');
  try {
    return await readAll(file, 0, size);
  } finally {
    await closeFile(file);
  }
}

function logFile(path: string, openedFile: number, openedIndex: LogIndex, openedSize: number): LogFile {
  let file = openedFile;
  let index = openedIndex;
  let size = openedSize;
  let room = roomOf(file, size);

  async function writeFrame(lines: readonly LoggedLine[]): Promise<void> {
    const { frame, places } = frameOfLines(lines.map(({ text }) => text));
    await room.provide(size, frame.length);
    await writeDurably(file, frame, size);
    for (const [place, { operation }] of lines.entries()) {
      const line = places[place];
      assert(line !== undefined, 'an operation is one line');
      const sum = crc32(frame.subarray(line.at, line.at + line.length));
      track(index, operation, { at: size + line.at, length: line.length }, sum);
    }
    size += frame.length;
  }

  return {
    last: (otherwise) => lastOf(index, otherwise),
    async append(operations) {
      const lines = operations.flatMap(linesOf);
      let from = 0;
      while (from < lines.length) {
        const to = endOfFrame(lines, from);
        await writeFrame(from === 0 && to === lines.length ? lines : lines.slice(from, to));
        from = to;
      }
      const promise = lines.findLast(({ operation }) => operation.type === 'promise');
      if (promise !== undefined) await writeFrame([promise]);
    },
    async rewrite(from, dropped, wall = index.wall) {
      const next = await copyLog(path, file, { ...index, wall }, from, dropped);
      await closeFile(file);
      ({ file, index, size } = next);
      room = roomOf(file, size);
    },
    async close() {
      try {
        await room.release(size);
      } finally {
        await closeFile(file);
      }
    },
  };
}

/** A line to write, with at most one entry. */
interface LoggedLine {
  readonly operation: LoggedOperation;
  readonly text: string;
}

function linesOf(operation: LoggedOperation): readonly LoggedLine[] {
  if (operation.type !== 'append') return [{ operation, text: encodeOperation(operation) }];
  return operation.entries.map((entry) => {
    const one = { type: 'append', entries: [entry], wall: operation.wall } as const;
    return { operation: one, text: encodeOperation(one) };
  });
}

function endOfFrame(lines: readonly LoggedLine[], from: number): number {
  let characters = 0;
  let to = from;
  while (to < lines.length) {
    characters += (lines[to]?.text.length ?? 0) + 1;
    if (to > from && characters > FRAME_CHARACTERS_AT_MOST) break;
    to += 1;
  }
  return to;
}

async function cutAt(file: number, end: number): Promise<void> {
  await truncateFile(file, end);
  await syncFile(file);
}
