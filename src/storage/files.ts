import { close, constants, fdatasync, fsync, ftruncate, open, read, write } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/*
 * File operations of the storage, over callbacks: a FileHandle of node:fs/promises costs about a tenth more on the path
 * of every write. All run outside the event loop. Every error rejects.
 */

/** Files and folders that a node makes are its own user's alone. */
const FILE_MODE = 0o600;
export const FOLDER_MODE = 0o700;

const openWithMode: (path: string, flags: string | number, mode: number) => Promise<number> = promisify(open);

/** Opens a file; one that this makes can be read and written by its user alone. */
export function openFile(path: string, flags: string | number): Promise<number> {
  return openWithMode(path, flags, FILE_MODE);
}

export const closeFile: (file: number) => Promise<void> = promisify(close);
/** Syncs the contents, and the metadata needed to read them back. */
const syncContents: (file: number) => Promise<void> = promisify(fdatasync);
export const syncFile: (file: number) => Promise<void> = promisify(fsync);

/** Truncates a file to `length` bytes. */
export const truncateFile: (file: number, length: number) => Promise<void> = promisify(ftruncate);

/** Writes all of `bytes` at `position`. */
export async function writeAll(file: number, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    // One call nearly always: a full disk or a signal may cut it short.
    written += await writeSome(file, bytes, written, position + written);
  }
}

/**
 * O_DSYNC on Linux: a write returns once it is as durable as `fdatasync` makes it, with one trip to the thread pool
 * instead of two. On other systems the flag may promise less.
 */
const WRITES_THROUGH = process.platform === 'linux';

/** Opens an existing file for `writeDurably`, and for reading. */
export function openDurable(path: string): Promise<number> {
  return openFile(path, WRITES_THROUGH ? constants.O_RDWR | constants.O_DSYNC : 'r+');
}

/** Writes all of `bytes` at `position` of a file opened by `openDurable`. They are durable when it resolves. */
export async function writeDurably(file: number, bytes: Uint8Array, position: number): Promise<void> {
  await writeAll(file, bytes, position);
  if (!WRITES_THROUGH) await syncContents(file);
}

/** Reads the `length` bytes at `position`. Rejects where the file has fewer. */
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

/** Syncs a folder: names created, renamed or removed in it are durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await openFile(folder, 'r');
  try {
    await syncFile(handle);
  } finally {
    await closeFile(handle);
  }
}

/** The temporary name of a file while it is written. */
export function unfinished(path: string): string {
  return `${path}.tmp`;
}

/** Renames the finished, synced file to its name. After a crash there is the old file or the new one, whole. */
export async function publish(path: string): Promise<void> {
  await rename(unfinished(path), path);
  await syncFolder(dirname(path));
}

/** Removes a file. After a crash it may be there again, until its folder is synced. */
export async function removeFile(path: string): Promise<void> {
  await unlink(path);
}

/** Replaces a small file atomically. */
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

/** Bytes of one read: no system takes 2 GiB or more. */
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
