import { isObject } from '../protocol/wire/decode.ts';
import { LOST_DISK, StorageError } from './storage-error.ts';

export type FileKind = 'log' | 'snapshot' | 'changes';

/** The first line of a file: its kind, and the number of its format. Any change of what follows raises the number. */
export function headerOf(kind: FileKind, format: number): Buffer {
  return Buffer.from(`understudy ${kind} ${format}\n`);
}

/**
 * Checks the first line of `file`. Throws a StorageError when `bytes` begin otherwise: another version's file, or a
 * damaged one.
 */
export function checkHeader(bytes: Buffer, kind: FileKind, format: number, file: string): void {
  const header = headerOf(kind, format);
  if (bytes.subarray(0, header.length).equals(header)) return;
  const line = bytes.subarray(0, 64).toString('latin1').split('\n', 1)[0] ?? '';
  const other = /^understudy (log|snapshot|changes) (\d+)$/.exec(line);
  if (other?.[1] === kind) {
    throw otherFormat(file, Number(other[2]), format);
  }
  throw new StorageError(
    `${file} is damaged: it does not begin as ${kind === 'changes' ? 'changes do' : `a ${kind} does`}. ${LOST_DISK}`,
  );
}

/** Throws a StorageError where the JSON of `file` says another format: one may differ in all else, so it is asked first. */
export function checkFormat(json: unknown, format: number, file: string): void {
  const found = isObject(json) ? json['format'] : undefined;
  if (typeof found === 'number' && found !== format) throw otherFormat(file, found, format);
}

function otherFormat(file: string, found: number, known: number): StorageError {
  return new StorageError(
    `${file} has format ${found}, and this version knows format ${known}: start the version that wrote it.`,
  );
}
