import { crc32 } from 'node:zlib';
import { LOST_DISK, StorageError } from './storage-error.ts';

/** Header of a frame in bytes: length (u32, big-endian) and CRC32 of the contents. */
export const FRAME_HEADER_BYTES = 8;

/**
 * Longest contents of a frame in bytes. Below 2^26, so that no four bytes of JSON text can be mistaken for a length.
 */
export const FRAME_BYTES_AT_MOST = 0x0400_0000 - 1;

/** The place of a frame's contents, or of a line in them, in bytes. */
export interface FramePlace {
  readonly at: number;
  readonly length: number;
}

/** Builds a frame, to be written in one piece. */
export function frameOf(contents: readonly Uint8Array[]): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), ...contents]);
  return seal(frame);
}

/** Builds a frame of a text. */
export function frameOfText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.write(text, FRAME_HEADER_BYTES);
  return seal(frame);
}

/** Builds a frame of lines, parted by newlines, with the place of each line in it. */
export function frameOfLines(lines: readonly string[]): {
  readonly frame: Buffer;
  readonly places: readonly FramePlace[];
} {
  const text = lines.join('\n');
  const frame = frameOfText(text);
  // Fast path: in ASCII, characters are bytes.
  const isAscii = frame.length - FRAME_HEADER_BYTES === text.length;
  let at = FRAME_HEADER_BYTES;
  const places = lines.map((line) => {
    const place = { at, length: isAscii ? line.length : Buffer.byteLength(line) };
    at += place.length + 1;
    return place;
  });
  return { frame, places };
}

/**
 * Scans the frames of `bytes` from `start` on. `end` is the end of the last good frame; what follows is a torn write
 * and may be cut off: the one write under way when the process died.
 *
 * Throws a StorageError when a good frame follows a bad one. A frame is written only after the one before it was
 * synced, so the bad one was durable once and has been damaged since. Damage to the very last frame looks like a torn
 * write: this disk alone cannot tell them apart.
 */
export function scanFrames(
  bytes: Buffer,
  start: number,
  file: string,
): { readonly frames: readonly FramePlace[]; readonly end: number } {
  const frames: FramePlace[] = [];
  let end = start;
  for (let found = frameAt(bytes, end); found !== undefined; found = frameAt(bytes, end)) {
    frames.push(found);
    end = found.at + found.length;
  }
  const next = nextFrame(bytes, end + 1);
  if (next === undefined) return { frames, end };
  const what = next.isGood
    ? `a good one follows at byte ${next.at}`
    : 'what follows is more than one torn write leaves';
  throw new StorageError(
    `${file} is damaged: the record at byte ${end} is bad, and ${what}. ` +
      `This disk cannot be trusted any more. ${LOST_DISK}`,
  );
}

/** The frame whose header is at `at`; undefined unless it is whole and its checksum is right. */
export function frameAt(bytes: Buffer, at: number): FramePlace | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  const start = at + FRAME_HEADER_BYTES;
  if (length === 0 || length > FRAME_BYTES_AT_MOST || start + length > bytes.length) return undefined;
  const contents = bytes.subarray(start, start + length);
  return crc32(contents) === bytes.readUInt32BE(at + 4) ? { at: start, length } : undefined;
}

/** Splits a frame at its newlines. */
export function linesIn(bytes: Buffer, frame: FramePlace): FramePlace[] {
  const contents = bytes.subarray(frame.at, frame.at + frame.length);
  const lines: FramePlace[] = [];
  let from = 0;
  for (let to = contents.indexOf(0x0a); to >= 0; to = contents.indexOf(0x0a, from)) {
    lines.push({ at: frame.at + from, length: to - from });
    from = to + 1;
  }
  lines.push({ at: frame.at + from, length: contents.length - from });
  return lines;
}

function seal(frame: Buffer): Buffer {
  frame.writeUInt32BE(frame.length - FRAME_HEADER_BYTES, 0);
  frame.writeUInt32BE(crc32(frame.subarray(FRAME_HEADER_BYTES)), 4);
  return frame;
}

/**
 * Bytes checksummed in search of a good frame. A torn write takes far less, since no four bytes of JSON text make a
 * length; bytes crafted for it would take hours.
 */
const SEARCHED_AT_MOST = 1024 * 1024 * 1024;

/** The next good frame, or where the search was given up. */
function nextFrame(bytes: Buffer, from: number): { readonly at: number; readonly isGood: boolean } | undefined {
  let searched = 0;
  for (let at = from; at + FRAME_HEADER_BYTES < bytes.length; at += 1) {
    if (frameAt(bytes, at) !== undefined) return { at, isGood: true };
    const length = bytes.readUInt32BE(at);
    if (length > 0 && length <= FRAME_BYTES_AT_MOST && at + FRAME_HEADER_BYTES + length <= bytes.length)
      searched += length;
    if (searched > SEARCHED_AT_MOST) return { at, isGood: false };
  }
  return undefined;
}
