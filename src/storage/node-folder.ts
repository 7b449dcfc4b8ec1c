import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { arrayOf, decode, isObject, parseJson, record, type Shape, text, whole } from '../protocol/decode.ts';
import { replaceFile, syncFolder } from './files.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { LOST_DISK, StorageError } from './storage-error.ts';
import { formatStore, isStore, openStore, type Store, type StoreOptions } from './store.ts';

/** Whose folder it is. A node that lost its disk comes back with another `diskId`. */
export interface NodeIdentity {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly diskId: string;
}

/** An open data folder: locked, its incarnation raised and durable. */
export interface NodeFolder {
  /** 1 for the first process that opened it, and one more for each after. */
  readonly incarnation: number;
  /** The store of one replica; at most once per unit. */
  openStore(unit: string, options?: StoreOptions): Promise<Store>;
  /** After all stores have been closed. */
  close(): Promise<void>;
}

export interface FolderOptions {
  /**
   * Whether a folder that is absent or empty may be made into a new, empty one. Say so only when a node is brought up
   * for the first time: a voter that forgot what it promised and acknowledged can undo what was committed.
   */
  readonly format: boolean;
  /** Names of the replicas a new folder has room for. Lower case, digits and `-`. */
  readonly units: readonly string[];
}

/**
 * Opens the data folder of a node for this process alone. Rejects with a StorageError that says what to do when it is
 * absent (and not to be formatted), another node's or cluster's, of another format, damaged, or in use.
 */
export async function openNodeFolder(
  folder: string,
  identity: NodeIdentity,
  options: FolderOptions,
): Promise<NodeFolder> {
  if (options.format) await makeFolder(folder);
  else if (!existsSync(folder)) throw absent(folder, identity);
  const lock = await lockFolder(folder);
  try {
    if (!existsSync(join(folder, IDENTITY))) {
      if (!options.format) throw absent(folder, identity);
      await format(folder, identity, options.units);
    }
    const { units } = await readIdentity(folder, identity);
    const incarnation = await raiseIncarnation(folder);
    return nodeFolder(folder, units, incarnation, lock);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

const FORMAT = 1;
const IDENTITY = 'node.json';
const INCARNATION = 'incarnation.json';
const IDENTIFIED_BY = [
  ['clusterId', 'cluster'],
  ['nodeId', 'node'],
  ['diskId', 'disk'],
] as const;

interface IdentityFile extends NodeIdentity {
  readonly format: number;
  readonly units: readonly string[];
}

const identityFile = record<IdentityFile>({
  format: whole,
  clusterId: text,
  nodeId: text,
  diskId: text,
  units: arrayOf(text),
});

const incarnationFile = record<{ readonly incarnation: number }>({ incarnation: whole });

function nodeFolder(folder: string, units: readonly string[], incarnation: number, lock: FolderLock): NodeFolder {
  return {
    incarnation,
    async openStore(unit, storeOptions) {
      const path = join(folder, unit);
      if (!units.includes(unit) || !isStore(path)) {
        throw new StorageError(
          `${path} is missing, although the data folder around it is there: what this replica held is lost. ` +
            LOST_DISK,
        );
      }
      return openStore(path, incarnation, storeOptions);
    },
    close: () => lock.release(),
  };
}

/** The identity is written last: a folder whose formatting was interrupted has none, and is formatted again. */
async function format(folder: string, identity: NodeIdentity, units: readonly string[]): Promise<void> {
  if (existsSync(join(folder, INCARNATION)) && (await readIncarnation(folder)) > 0) {
    throw new StorageError(`${folder} has been used and has lost ${IDENTITY}. ${LOST_DISK}`);
  }
  for (const unit of units) {
    if (!/^[a-z][a-z0-9-]*$/.test(unit)) throw new StorageError(`"${unit}" is no name for the folder of a replica`);
    await makeFolder(join(folder, unit));
    await formatStore(join(folder, unit));
  }
  const { clusterId, nodeId, diskId } = identity;
  await replaceFile(join(folder, INCARNATION), JSON.stringify({ incarnation: 0 }));
  await replaceFile(join(folder, IDENTITY), JSON.stringify({ format: FORMAT, clusterId, nodeId, diskId, units }));
}

async function readIdentity(folder: string, expected: NodeIdentity): Promise<IdentityFile> {
  const path = join(folder, IDENTITY);
  const found = await readJson(path);
  // The format first: the identity in a folder of another format may look different.
  if (isObject(found) && typeof found['format'] === 'number' && found['format'] !== FORMAT) {
    throw new StorageError(
      `${folder} has format ${found['format']}, and this version knows format ${FORMAT}: start the version that wrote it.`,
    );
  }
  const identity = judged(path, identityFile, found);
  for (const [key, what] of IDENTIFIED_BY) {
    if (identity[key] !== expected[key]) {
      throw new StorageError(
        `${folder} belongs to ${what} ${identity[key]}, not to ${expected[key]}: start each node with its own data folder.`,
      );
    }
  }
  return identity;
}

async function raiseIncarnation(folder: string): Promise<number> {
  const incarnation = (await readIncarnation(folder)) + 1;
  await replaceFile(join(folder, INCARNATION), JSON.stringify({ incarnation }));
  return incarnation;
}

async function readIncarnation(folder: string): Promise<number> {
  const path = join(folder, INCARNATION);
  return judged(path, incarnationFile, await readJson(path)).incarnation;
}

/** What a small file says; undefined when it is missing or no JSON. */
async function readJson(path: string): Promise<unknown> {
  if (!existsSync(path)) return undefined;
  const parsed = parseJson(await readFile(path, 'utf8'), 1_000_000);
  return parsed.type === 'decoded' ? parsed.value : undefined;
}

function judged<Value>(path: string, shape: Shape<Value>, value: unknown): Value {
  const decoded = decode(shape, value, '');
  if (decoded.type === 'decoded') return decoded.value;
  throw new StorageError(`${path} is missing or damaged (${decoded.reason}). ${LOST_DISK}`);
}

/** Makes a folder whose name survives a crash. */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await syncFolder(dirname(folder));
}

function absent(folder: string, { nodeId }: NodeIdentity): StorageError {
  return new StorageError(
    `${folder} holds no data folder of node ${nodeId}. If the node is new, format it. ` +
      'If its disk was lost, it must not come back as if it were new: ' +
      LOST_DISK,
  );
}
