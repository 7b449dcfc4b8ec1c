import { close, constants, fdatasync, fsync, ftruncate, open, read, write } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/*
 * The few file operations everything here is made of, over callbacks: a FileHandle of node:fs/promises costs about a
 * tenth more on the path of every write. All run outside the event loop. An error of any of them rejects.
 */

export const openFile: (path: string, flags: string | number) => Promise<number> = promisify(open);
export const closeFile: (file: number) => Promise<void> = promisify(close);
/** Contents, and as much of the metadata as it takes to read them back. */
const syncContents: (file: number) => Promise<void> = promisify(fdatasync);
export const syncFile: (file: number) => Promise<void> = promisify(fsync);

/** Makes a file end after `length` bytes. */
export const truncateFile: (file: number, length: number) => Promise<void> = promisify(ftruncate);

/** Writes all of `bytes` at `position`. */
export async function writeAll(file: number, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    // One call nearly always; a full disk or a signal may cut it short.
    written += await writeSome(file, bytes, written, position + written);
  }
}

/**
 * On Linux a file can be opened so that a write comes back once it is as durable as `fdatasync` makes it: one trip to the
 * thread pool instead of two. Elsewhere that flag may promise less than `fdatasync` does.
 */
const WRITES_THROUGH = process.platform === 'linux';

/** Opens an existing file for `writeDurably`, and for reading. */
export function openDurable(path: string): Promise<number> {
  return openFile(path, WRITES_THROUGH ? constants.O_RDWR | constants.O_DSYNC : 'r+');
}

/** Writes all of `bytes` at `position` of a file opened by `openDurable`; they are durable when it resolves. */
export async function writeDurably(file: number, bytes: Uint8Array, position: number): Promise<void> {
  await writeAll(file, bytes, position);
  if (!WRITES_THROUGH) await syncContents(file);
}

/** The `length` bytes at `position`; rejects where the file has fewer. */
export async function readAll(file: number, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let found = 0;
  while (found < length) {
    const more = await readSome(file, bytes, found, position + found);
    if (more === 0) throw new Error(`the file ends at ${position + found}, before ${position + length}`);
    found += more;
  }
  return bytes;
}

/** Makes the names in a folder durable: what was created, renamed or removed there. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await openFile(folder, 'r');
  try {
    await syncFile(handle);
  } finally {
    await closeFile(handle);
  }
}

/** The name a file has while it is being written. */
export function unfinished(path: string): string {
  return `${path}.tmp`;
}

/** Gives the finished, synced file its name. After a crash there is the old file or the new one, whole. */
export async function publish(path: string): Promise<void> {
  await rename(unfinished(path), path);
  await syncFolder(dirname(path));
}

/** Replaces a small file, or leaves the old one. */
export async function replaceFile(path: string, contents: string): Promise<void> {
  const file = await openFile(unfinished(path), 'w');
  try {
    await writeAll(file, Buffer.from(contents), 0);
    await syncFile(file);
  } finally {
    await closeFile(file);
  }
  await publish(path);
}

function writeSome(file: number, bytes: Uint8Array, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(file, bytes, offset, bytes.length - offset, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}

/** What one call may be asked for: no system takes 2 GiB or more. */
const READ_BYTES_AT_MOST = 1024 * 1024 * 1024;

function readSome(file: number, bytes: Uint8Array, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = Math.min(bytes.length - offset, READ_BYTES_AT_MOST);
    read(file, bytes, offset, length, position, (error, count) => {
      if (error === null) resolve(count);
      else reject(error);
    });
  });
}
