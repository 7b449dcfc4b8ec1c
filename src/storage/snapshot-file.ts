import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Snapshot } from '../protocol/model/machine.ts';
import type { Chain, Link } from '../protocol/model/snapshot-chain.ts';
import { checkSnapshot } from '../protocol/wire/codec.ts';
import { isObject } from '../protocol/wire/decode.ts';
import { createSliceJoiner } from '../protocol/wire/slice-joiner.ts';
import { createLinkReader } from '../protocol/wire/snapshot-changes.ts';
import { type SliceLimits, snapshotSlices } from '../protocol/wire/snapshot-slices.ts';
import { removeFile } from './files.ts';
import { damaged, readSlices, writeSlices } from './slice-file.ts';

/*
 * The files of a snapshot: a base has the slices of the whole state and their number, a link those of the changes from
 * one index to a later one.
 */

const BASE = { kind: 'snapshot', format: 1 } as const;
const LINK = { kind: 'changes', format: 1 } as const;
const BASE_NAME = /^snapshot-(\d{16})$/;
const LINK_NAME = /^changes-(\d{16})-(\d{16})$/;

export interface SnapshotFiles {
  /** Indexes of the bases in a folder, oldest first. */
  readonly bases: readonly number[];
  readonly links: readonly Link[];
}

export async function listSnapshots(folder: string): Promise<SnapshotFiles> {
  const names = await readdir(folder);
  const bases = names.flatMap((name) => BASE_NAME.exec(name)?.[1] ?? []).map(Number);
  const links = names.flatMap((name) => {
    const [, from, to] = LINK_NAME.exec(name) ?? [];
    return from === undefined || to === undefined ? [] : [{ from: Number(from), to: Number(to) }];
  });
  return { bases: bases.sort((a, b) => a - b), links };
}

function basePath(folder: string, index: number): string {
  return join(folder, `snapshot-${padded(index)}`);
}

function linkPath(folder: string, { from, to }: Link): string {
  return join(folder, `changes-${padded(from)}-${padded(to)}`);
}

function padded(index: number): string {
  return String(index).padStart(16, '0');
}

/** Writes a base. Resolves to its bytes once file and name are durable; to undefined when it was abandoned. */
export function writeBase(
  folder: string,
  snapshot: Snapshot,
  limits: SliceLimits,
  isAbandoned?: () => boolean,
): Promise<number | undefined> {
  return writeSlices(basePath(folder, snapshot.base.index), BASE, baseTexts(snapshot, limits), isAbandoned);
}

function* baseTexts(snapshot: Snapshot, limits: SliceLimits): Generator<string, void, undefined> {
  let count = 0;
  for (const slice of snapshotSlices(snapshot, limits)) {
    yield slice;
    count += 1;
  }
  yield JSON.stringify({ slices: count });
}

/** Writes a link of these texts. Resolves to its bytes once file and name are durable. */
export async function writeLink(folder: string, link: Link, texts: Iterable<string | undefined>): Promise<number> {
  return (await writeSlices(linkPath(folder, link), LINK, texts)) ?? 0;
}

export async function removeBase(folder: string, index: number): Promise<void> {
  await removeFile(basePath(folder, index));
}

export async function removeLink(folder: string, link: Link): Promise<void> {
  await removeFile(linkPath(folder, link));
}

/** A snapshot as it was read, with the bytes of its files. */
export interface ReadSnapshot {
  readonly snapshot: Snapshot;
  /** Bytes of the whole state, about where there are links. */
  readonly size: number;
  readonly baseBytes: number;
  readonly linkBytes: readonly number[];
}

/** Reads the snapshot that a chain makes. Rejects with a StorageError when anything in it is wrong. */
export async function readSnapshot(folder: string, { base, links, end }: Chain<Link>): Promise<ReadSnapshot> {
  let path = basePath(folder, base);
  const baseBytes = (await stat(path)).size;
  let read = await readBase(path, base);
  let size = baseBytes;
  const linkBytes: number[] = [];
  for (const link of links) {
    path = linkPath(folder, link);
    linkBytes.push((await stat(path)).size);
    const reader = createLinkReader(read);
    await readSlices(path, LINK, (text) => {
      const reason = reader.add(text);
      if (reason !== undefined) throw damaged(path, reason);
    });
    const joined = reader.join();
    if (joined === undefined) throw damaged(path, 'its end is missing');
    if (joined.snapshot.base.index !== link.to) throw damaged(path, `it is of index ${joined.snapshot.base.index}`);
    ({ size } = joined);
    read = joined.snapshot;
  }
  const decoded = checkSnapshot(read);
  if (decoded.type === 'rejected') throw damaged(path, decoded.reason);
  if (decoded.value.base.index !== end) throw damaged(path, `it is of index ${decoded.value.base.index}`);
  return { snapshot: decoded.value, size, baseBytes, linkBytes };
}

/** The base in this file, with a machine that is checked behind its links. */
async function readBase(path: string, index: number): Promise<Parameters<typeof createLinkReader>[0]> {
  const joiner = createSliceJoiner();
  let count = 0;
  let end: unknown;
  await readSlices(path, BASE, (text) => {
    if (end !== undefined || isEnd(text)) end = end === undefined ? text : {};
    else if (joiner.add(text)) count += 1;
    else throw damaged(path, 'its slices do not fit together');
  });
  if (!isEnd(end) || end.slices !== count) throw damaged(path, 'its end is missing');
  const joined = joiner.join();
  const { machine, ...bare } = isObject(joined) ? joined : {};
  const decoded = checkSnapshot(bare);
  if (decoded.type === 'rejected') throw damaged(path, decoded.reason);
  if (decoded.value.base.index !== index) throw damaged(path, `it is of index ${decoded.value.base.index}`);
  return machine === undefined ? decoded.value : { ...decoded.value, machine };
}

function isEnd(text: unknown): text is { readonly slices: number } {
  return isObject(text) && typeof text['slices'] === 'number';
}
