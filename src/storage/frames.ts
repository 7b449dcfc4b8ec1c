import { crc32 } from 'node:zlib';
import { LOST_DISK, StorageError } from './storage-error.ts';

/** Bytes in front of a frame's contents: length (u32, big-endian) and CRC32 of the contents. */
export const FRAME_HEADER_BYTES = 8;

/** Contents of one frame. Below 2^26, so that no four bytes of JSON text can be mistaken for a length. */
export const FRAME_BYTES_AT_MOST = 0x0400_0000 - 1;

/** Where the contents of a frame, or a line among them, are. */
export interface FramePlace {
  readonly at: number;
  readonly length: number;
}

/** Contents as a frame: header and bytes, to be written in one piece. */
export function frameOf(contents: readonly Uint8Array[]): Buffer {
  const frame = Buffer.concat([Buffer.alloc(FRAME_HEADER_BYTES), ...contents]);
  return seal(frame);
}

/** A text as a frame. */
export function frameOfText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.write(text, FRAME_HEADER_BYTES);
  return seal(frame);
}

/** Lines as a frame, parted by newlines, and where in it each of them is. */
export function frameOfLines(lines: readonly string[]): {
  readonly frame: Buffer;
  readonly places: readonly FramePlace[];
} {
  const text = lines.join('\n');
  const frame = frameOfText(text);
  // Nearly always all of it is ASCII, and characters are bytes.
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
 * The frames of `bytes` from `start` on, and where the last good one ends. What is behind that end is a torn write and may be
 * cut off: the one write that was under way when the process died. Throws a StorageError when a good frame follows a bad
 * one: a frame is written only after the one before it was synced, so the bad one was durable once and has been damaged
 * since. (Damage to the very last frame looks like a torn write. Nothing on this disk alone can tell them apart.)
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
      `What this disk held is not to be trusted any more. ${LOST_DISK}`,
  );
}

/** The good frame whose header is at `at`, if there is one. */
export function frameAt(bytes: Buffer, at: number): FramePlace | undefined {
  if (at + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const length = bytes.readUInt32BE(at);
  const start = at + FRAME_HEADER_BYTES;
  if (length === 0 || length > FRAME_BYTES_AT_MOST || start + length > bytes.length) return undefined;
  const contents = bytes.subarray(start, start + length);
  return crc32(contents) === bytes.readUInt32BE(at + 4) ? { at: start, length } : undefined;
}

/** The lines in a frame: its contents, parted by newlines. */
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
 * Bytes that are summed up in search of a good frame: what a torn write leaves takes far less, since no four bytes of JSON
 * text make a length. Bytes made for it would take hours.
 */
const SEARCHED_AT_MOST = 1024 * 1024 * 1024;

/** The next good frame, or where the search for one was given up. */
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
