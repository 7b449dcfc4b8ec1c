import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type * as files from '../../../src/storage/files.ts';

/*
 * What a disk may hold after a crash, found out the hard way: every call of the store to the file system is written down
 * (`recording` stands in for src/storage/files.ts), and a folder is made of any state the calls allow. A write is durable
 * when its file was synced after it; until then it may be there, be missing or be torn, each by itself. A name is durable when
 * its folder was synced after it was given; and a file is gone for certain when its folder was synced after it was removed.
 */

/** A file, whatever its name. */
type Inode = symbol;

type Call =
  | { readonly type: 'write'; readonly inode: Inode; readonly bytes: Buffer; readonly position: number }
  | { readonly type: 'cut'; readonly inode: Inode; readonly length: number }
  | { readonly type: 'sync'; readonly inode: Inode }
  | { readonly type: 'name'; readonly inode: Inode; readonly path: string }
  | { readonly type: 'unlink'; readonly path: string }
  | { readonly type: 'sync-folder' };

export interface Recording {
  readonly calls: readonly Call[];
  /** Which file had which name when the recording began. */
  readonly names: ReadonlyMap<string, Inode>;
}

const names = new Map<string, Inode>();
const opened = new Map<number, Inode>();
let calls: Call[] = [];
let first = new Map<string, Inode>();

/** How many calls have been written down so far. */
export function callsMade(): number {
  return calls.length;
}

/** Writes down what `work` does with files. */
export async function recorded(work: () => Promise<void>): Promise<Recording> {
  calls = [];
  first = new Map(names);
  await work();
  const made: Recording = { calls, names: first };
  calls = [];
  first = new Map();
  return made;
}

/** The real file operations, written down. Nothing is really synced: these disks are only said to crash. */
export function recording(real: typeof files): typeof files {
  return {
    ...real,
    openFile: async (path, flags) => {
      const isNew = typeof flags === 'string' && flags.startsWith('w');
      return remember(path, await real.openFile(path, flags), isNew);
    },
    openDurable: async (path) => remember(path, await real.openDurable(path), false),
    writeDurably: async (file, bytes, position) => {
      const inode = inodeOf(file);
      calls.push({ type: 'write', inode, bytes: Buffer.from(bytes), position });
      await real.writeDurably(file, bytes, position);
      calls.push({ type: 'sync', inode });
    },
    writeAll: async (file, bytes, position) => {
      calls.push({ type: 'write', inode: inodeOf(file), bytes: Buffer.from(bytes), position });
      await real.writeAll(file, bytes, position);
    },
    truncateFile: async (file, length) => {
      calls.push({ type: 'cut', inode: inodeOf(file), length });
      await real.truncateFile(file, length);
    },
    syncFile: async (file) => {
      calls.push({ type: 'sync', inode: inodeOf(file) });
    },
    syncFolder: async () => {
      calls.push({ type: 'sync-folder' });
    },
    publish: async (path) => {
      const inode = names.get(real.unfinished(path));
      if (inode === undefined) throw new Error(`${path} was never written`);
      names.set(path, inode);
      calls.push({ type: 'name', inode, path });
      await rename(real.unfinished(path), path);
      calls.push({ type: 'sync-folder' });
    },
    removeFile: async (path) => {
      calls.push({ type: 'unlink', path });
      await real.removeFile(path);
    },
  };
}

function remember(path: string, file: number, isNew: boolean): number {
  const known = isNew ? undefined : names.get(path);
  const inode = known ?? Symbol(path);
  if (known === undefined && !isNew) first.set(path, inode);
  names.set(path, inode);
  opened.set(file, inode);
  return file;
}

/** How a crash falls out. */
export interface Fall {
  /** How many calls had been made. */
  readonly after: number;
  /** What becomes of each that was not durable, by its place: 0 lost, 1 kept, and between them the part of a write that is there. */
  readonly kept: (place: number) => number;
}

/** Fills the empty folder `image` with what `folder` may hold after a crash; `before` is a copy from when the recording began. */
export async function makeImage(
  { calls: all, names: given }: Recording,
  { folder, before, image }: { readonly folder: string; readonly before: string; readonly image: string },
  { after, kept }: Fall,
): Promise<void> {
  const contents = new Map<Inode, Buffer>();
  const found = new Map<string, Inode>();
  for (const name of await readdir(before)) {
    const inode = given.get(join(folder, name)) ?? Symbol(name);
    contents.set(inode, await readFile(join(before, name)));
    found.set(name, inode);
  }
  const made = all.slice(0, after);
  made.forEach((call, place) => {
    const share = made.slice(place).some((later) => makesDurable(later, call)) ? 1 : kept(place);
    if (call.type === 'name' && share >= 0.5) found.set(basename(call.path), call.inode);
    if (call.type === 'unlink' && share >= 0.5) found.delete(basename(call.path));
    if (call.type !== 'write' && call.type !== 'cut') return;
    const old = contents.get(call.inode) ?? Buffer.alloc(0);
    if (call.type === 'write') contents.set(call.inode, overwritten(old, call, share));
    else if (share >= 0.5) contents.set(call.inode, old.subarray(0, call.length));
  });
  for (const [name, inode] of found) await writeFile(join(image, name), contents.get(inode) ?? '');
}

function inodeOf(file: number): Inode {
  return opened.get(file) ?? Symbol(`file ${file}`);
}

function makesDurable(later: Call, call: Call): boolean {
  if (call.type === 'name' || call.type === 'unlink') return later.type === 'sync-folder';
  return later.type === 'sync' && 'inode' in call && later.inode === call.inode;
}

function overwritten(old: Buffer, { bytes, position }: Extract<Call, { type: 'write' }>, share: number): Buffer {
  const part = bytes.subarray(0, Math.floor(bytes.length * share));
  if (part.length === 0) return old;
  const next = Buffer.alloc(Math.max(old.length, position + part.length));
  old.copy(next);
  part.copy(next, position);
  return next;
}
