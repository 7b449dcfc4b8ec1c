import { crc32 } from 'node:zlib';
import { assert } from '../protocol/model/assert.ts';
import type { Epoch } from '../protocol/model/epoch.ts';
import { decodeOperation, encodeOperation } from '../protocol/wire/codec.ts';
import { closeFile, openDurable, openFile, publish, readAll, syncFile, unfinished, writeAll } from './files.ts';
import { FRAME_HEADER_BYTES, frameOf, frameOfText, type FramePlace } from './frames.ts';
import { emptyIndex, type LogIndex } from './log-index.ts';
import { LOG_HEADER } from './log-replay.ts';
import { LOST_DISK, StorageError } from './storage-error.ts';

/** Bytes copied in one piece when the log is rewritten. */
const COPY_BYTES_AT_MOST = 1024 * 1024;

/**
 * Rewrites the log from entry `from` on into a new file that replaces the one at `path`. Resolves to the new file,
 * open.
 */
export async function copyLog(
  path: string,
  source: number,
  old: LogIndex,
  from: number,
  dropped: number,
): Promise<{ readonly file: number; readonly index: LogIndex; readonly size: number }> {
  const file = await openFile(unfinished(path), 'w+');
  const index = emptyIndex(old.promised, dropped, old.wall);
  await writeAll(file, LOG_HEADER, 0);
  let size = LOG_HEADER.length;
  // The promise twice: it must not be lost with the last frame.
  for (const text of [promiseLine(old.promised), headLines(old.promised, dropped, old.wall)]) {
    const frame = frameOfText(text);
    await writeAll(file, frame, size);
    size += frame.length;
  }
  let at = Math.max(0, from - old.first);
  index.first = old.first + at;
  while (at < old.starts.length) {
    const places = nextPlaces(old, at);
    const lines = await readLines(source, places);
    for (const [number, line] of lines.entries()) {
      if (crc32(line) === old.sums[at + number]) continue;
      throw new StorageError(
        `${path} is damaged: entry ${old.first + at + number} is not what was written. ${LOST_DISK}`,
      );
    }
    index.wall = lines.reduceRight<number | undefined>((wall, line) => wall ?? wallIn(line), undefined) ?? index.wall;
    const frame = frameOf(lines.flatMap((line, number) => (number === 0 ? [line] : [NEWLINE, line])));
    await writeAll(file, frame, size);
    let start = size + FRAME_HEADER_BYTES;
    for (const [number, { length }] of places.entries()) {
      index.starts.push(start);
      index.lengths.push(length);
      index.sums.push(old.sums[at + number] ?? 0);
      start += length + 1;
    }
    size += frame.length;
    at += places.length;
  }
  await syncFile(file);
  await publish(path);
  await closeFile(file);
  return { file: await openDurable(path), index, size };
}

/** Places from the `at`-th on that one read of `COPY_BYTES_AT_MOST` covers; at least one. */
function nextPlaces(index: LogIndex, at: number): FramePlace[] {
  const places: FramePlace[] = [];
  const origin = index.starts[at] ?? 0;
  for (let next = at; next < index.starts.length; next += 1) {
    const place = { at: index.starts[next] ?? 0, length: index.lengths[next] ?? 0 };
    if (places.length > 0 && place.at + place.length - origin > COPY_BYTES_AT_MOST) break;
    places.push(place);
  }
  return places;
}

/** Reads the lines at `places`, which are in order. */
async function readLines(file: number, places: readonly FramePlace[]): Promise<Buffer[]> {
  const first = places[0];
  const last = places.at(-1);
  assert(first !== undefined && last !== undefined, 'a frame has at least one line');
  const bytes = await readAll(file, first.at, last.at + last.length - first.at);
  return places.map(({ at, length }) => bytes.subarray(at - first.at, at - first.at + length));
}

/** What the wall clock showed when the entry of this line was written; undefined where an older release wrote it. */
function wallIn(line: Buffer): number | undefined {
  const decoded = decodeOperation(line.toString('utf8'));
  return decoded.type === 'decoded' && decoded.value.type === 'append' ? decoded.value.wall : undefined;
}

const NEWLINE = Buffer.from('\n');

function headLines(epoch: Epoch, dropped: number, wall: number | undefined): string {
  return [promiseLine(epoch), encodeOperation({ type: 'compact', through: dropped, wall })].join('\n');
}

function promiseLine(epoch: Epoch): string {
  return encodeOperation({ type: 'promise', epoch });
}
