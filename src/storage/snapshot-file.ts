import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../protocol/model/machine.ts';
import { checkSnapshot } from '../protocol/wire/codec.ts';
import { joinSlices, type SliceLimits, snapshotSlices } from '../protocol/wire/snapshot-slices.ts';
import { checkHeader, headerOf } from './file-header.ts';
import { closeFile, openFile, publish, readAll, syncFile, unfinished, writeAll } from './files.ts';
import { FRAME_HEADER_BYTES, frameAt, frameOfText } from './frames.ts';
import { LOST_DISK, StorageError } from './storage-error.ts';

/*
 * A snapshot file: a header line, one frame for each slice, and a last frame with their number. Every frame has its
 * checksum. A file without the last frame is not whole.
 */

const FORMAT = 1;
const HEADER = headerOf('snapshot', FORMAT);
const NAME = /^snapshot-(\d{16})$/;

/** Indexes of the snapshots in a folder, oldest first. */
export async function listSnapshots(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

function snapshotPath(folder: string, index: number): string {
  return join(folder, `snapshot-${String(index).padStart(16, '0')}`);
}

/**
 * Writes a snapshot slice by slice, and lets the event loop run between two. File and name are durable when it
 * resolves, to the file's bytes.
 */
export async function writeSnapshot(folder: string, snapshot: Snapshot, limits: SliceLimits): Promise<number> {
  const path = snapshotPath(folder, snapshot.base.index);
  const file = await openFile(unfinished(path), 'w');
  let size = HEADER.length;
  try {
    await writeAll(file, HEADER, 0);
    let count = 0;
    for (const slice of snapshotSlices(snapshot, limits)) {
      const frame = frameOfText(slice);
      await writeAll(file, frame, size);
      size += frame.length;
      count += 1;
    }
    const end = frameOfText(endText(count));
    await writeAll(file, end, size);
    size += end.length;
    await syncFile(file);
  } finally {
    await closeFile(file);
  }
  await publish(path);
  return size;
}

/** Bytes of a snapshot's file. */
export async function snapshotBytes(folder: string, index: number): Promise<number> {
  return (await stat(snapshotPath(folder, index))).size;
}

/** Reads a snapshot back. Rejects with a StorageError when anything in it is wrong. */
export async function readSnapshot(folder: string, index: number): Promise<Snapshot> {
  const path = snapshotPath(folder, index);
  const texts = await readFrames(path);
  const end = texts.pop();
  if (end !== endText(texts.length)) throw damaged(path, 'its end is missing');
  const decoded = checkSnapshot(joinSlices(texts));
  if (decoded.type === 'rejected') throw damaged(path, decoded.reason);
  if (decoded.value.base.index !== index) throw damaged(path, `it is of index ${decoded.value.base.index}`);
  return decoded.value;
}

export async function removeSnapshot(folder: string, index: number): Promise<void> {
  await unlink(snapshotPath(folder, index));
}

async function readFrames(path: string): Promise<string[]> {
  const { size } = await stat(path);
  const file = await openFile(path, 'r');
  try {
    const header = await readAll(file, 0, Math.min(size, HEADER.length));
    checkHeader(header, 'snapshot', FORMAT, path);
    const texts: string[] = [];
    let at = HEADER.length;
    while (at < size) {
      const frame = await readFrame(file, at, size);
      if (frame === undefined) throw damaged(path, `the record at byte ${at} is bad`);
      texts.push(frame.toString());
      at += FRAME_HEADER_BYTES + frame.length;
    }
    return texts;
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

function endText(count: number): string {
  return `{"slices":${count}}`;
}

function damaged(path: string, what: string): StorageError {
  return new StorageError(`${path} is damaged: ${what}. The log alone is not enough. ` + LOST_DISK);
}
