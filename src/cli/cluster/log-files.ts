import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Size at which a log file is rotated, in bytes. With the one before it, a node has about twice as much. */
const LOG_FILE_AT_MOST = 8 * 1024 * 1024;

/** Longest end of a log that `saidSince` returns, in bytes. */
const SAID_AT_MOST = 16 * 1024;

/** For appending. A log is never a link: what it led to would be written and, once large, emptied. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

/** The folder of a cluster's logs, in the folder of the cluster. */
export function logFolder(cluster: string): string {
  return join(cluster, 'logs');
}

/** The log of one node in that folder. */
export function logFile(cluster: string, node: string): string {
  return join(logFolder(cluster), `${node}.log`);
}

/** The log of one node, open for a process that appends to it. */
export interface OpenLog {
  readonly path: string;
  readonly descriptor: number;
  /** Length of the file when it was opened, in bytes: the begin of this run's lines. */
  readonly begin: number;
}

/**
 * Opens the log of a node for appending, and writes `headline`. A file that has reached its size is rotated first; one
 * that cannot be rotated is opened as it is, and the watch of the cluster reports it. Throws when the file cannot be
 * opened or written; nothing is left open then.
 */
export function openLog(cluster: string, node: string, headline: string, atMost = LOG_FILE_AT_MOST): OpenLog {
  const path = logFile(cluster, node);
  mkdirSync(logFolder(cluster), { recursive: true });
  try {
    rotateLog(path, atMost);
  } catch {
    // Too long a log is better than no node.
  }
  const descriptor = openSync(path, APPEND);
  try {
    const begin = fstatSync(descriptor).size;
    writeSync(descriptor, `${headline}\n`);
    return { path, descriptor, begin };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * Rotates a log that has reached its size: its last `atMost` bytes become `.1`, which replaces the one before, and it is
 * emptied. A process may append meanwhile, and continues in the emptied file; lines written between the two are lost.
 */
export function rotateLog(path: string, atMost = LOG_FILE_AT_MOST): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || found.size < atMost) return;
  const kept = `${path}.1`;
  writeFileSync(`${kept}.new`, endOf(path, found.size - atMost, atMost));
  renameSync(`${kept}.new`, kept);
  truncateSync(path);
}

/** The end of what was written to a log since `begin`; empty where there is nothing, or no file. */
export function saidSince(path: string, begin: number): string {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return '';
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    // A file that has become shorter was rotated: all of it is of this run.
    const from = Math.max(size < begin ? 0 : begin, size - SAID_AT_MOST);
    return bytesAt(descriptor, from, size - from).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** `length` bytes of a file from `from` on; fewer where it ends before. */
function endOf(path: string, from: number, length: number): Buffer {
  const descriptor = openSync(path, 'r');
  try {
    return bytesAt(descriptor, from, length);
  } finally {
    closeSync(descriptor);
  }
}

function bytesAt(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
}

/** Deletes the logs of these nodes, and the folder once it is empty. Something else in its place stays. */
export async function deleteLogs(cluster: string, nodes: readonly string[]): Promise<void> {
  if (lstatSync(logFolder(cluster), { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const node of nodes) {
    const path = logFile(cluster, node);
    await rm(path, { force: true });
    await rm(`${path}.1`, { force: true });
  }
  await rmdir(logFolder(cluster)).catch(() => undefined);
}
