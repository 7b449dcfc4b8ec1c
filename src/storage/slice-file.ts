import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseJson } from '../protocol/wire/decode.ts';
import { checkHeader, type FileKind, headerOf } from './file-header.ts';
import { closeFile, openFile, publish, readAll, removeFile, syncFile, unfinished, writeAll } from './files.ts';
import { FRAME_BYTES_AT_MOST, FRAME_HEADER_BYTES, frameAt, frameOfText } from './frames.ts';
import { LOST_DISK, StorageError } from './storage-error.ts';

/*
 * A file of texts: a header line, then one frame for each text. Every frame has its checksum. It gets its name once it is
 * durable, so it is whole or not there.
 */

/** Time in which the event loop is held at a time, in milliseconds, where no text comes of the work. */
const HELD_AT_MOST = 2;

/** Lets the event loop run where the work since the last time was long. */
export function createPace(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < HELD_AT_MOST) return;
    await nextTurn();
    since = performance.now();
  };
}

/**
 * Writes texts as they are made, and lets the event loop run between two; undefined in their place is a pause. File and
 * name are durable when it resolves, to the file's bytes; to undefined, and without a file, when it was abandoned.
 */
export async function writeSlices(
  path: string,
  { kind, format }: { readonly kind: FileKind; readonly format: number },
  texts: Iterable<string | undefined>,
  isAbandoned: () => boolean = () => false,
): Promise<number | undefined> {
  const file = await openFile(unfinished(path), 'w');
  const header = headerOf(kind, format);
  const pace = createPace();
  let size = header.length;
  let isWhole = true;
  try {
    await writeAll(file, header, 0);
    for (const text of texts) {
      isWhole = !isAbandoned();
      if (!isWhole) break;
      if (text === undefined) await pace();
      else {
        const frame = frameOfText(text);
        await writeAll(file, frame, size);
        size += frame.length;
      }
    }
    if (isWhole) await syncFile(file);
  } finally {
    await closeFile(file);
  }
  if (isWhole && !isAbandoned()) {
    await publish(path);
    return size;
  }
  await removeFile(unfinished(path));
  return undefined;
}

/** Gives the texts of a file to `take`, parsed, one after another. Rejects with a StorageError on damage. */
export async function readSlices(
  path: string,
  { kind, format }: { readonly kind: FileKind; readonly format: number },
  take: (text: unknown) => void,
): Promise<void> {
  const { size } = await stat(path);
  const file = await openFile(path, 'r');
  try {
    const header = headerOf(kind, format);
    checkHeader(await readAll(file, 0, Math.min(size, header.length)), kind, format, path);
    let at = header.length;
    while (at < size) {
      const frame = await readFrame(file, at, size);
      if (frame === undefined) throw damaged(path, `the record at byte ${at} is bad`);
      const parsed = parseJson(frame.toString(), FRAME_BYTES_AT_MOST);
      if (parsed.type === 'rejected') throw damaged(path, `${parsed.reason} at byte ${at}`);
      take(parsed.value);
      at += FRAME_HEADER_BYTES + frame.length;
    }
  } finally {
    await closeFile(file);
  }
}

async function readFrame(file: number, at: number, size: number): Promise<Buffer | undefined> {
  if (at + FRAME_HEADER_BYTES > size) return undefined;
  const header = await readAll(file, at, FRAME_HEADER_BYTES);
  const length = FRAME_HEADER_BYTES + header.readUInt32BE(0);
  if (at + length > size) return undefined;
  const bytes = await readAll(file, at, length);
  const place = frameAt(bytes, 0);
  return place && bytes.subarray(place.at, place.at + place.length);
}

export function damaged(path: string, what: string): StorageError {
  return new StorageError(`${path} is damaged: ${what}. The log alone is not enough. ` + LOST_DISK);
}
