import { createHmac, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import { decode, orAbsent, parseJson, record, type Shape, text, whole } from '../protocol/wire/decode.ts';
import { FOLDER_MODE, replaceFile, syncFolder } from './files.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import {
  FORMAT_WITH_CHANGES,
  NODE_FILE,
  type NodeRecord,
  readNodeAndFormat,
  readNodeFile,
  writeNodeFile,
} from './node-file.ts';
import { type KnownServices, openServicesFile, writeServices } from './services-file.ts';
import { explainDisk, LOST_DISK, StorageError } from './storage-error.ts';
import { checkFormat } from './file-header.ts';
import { formatStore, isStore, openStore, type Store, type StoreOptions } from './store.ts';
import { makeFolders } from './make-folders.ts';

/** An open data folder: locked, with its incarnation raised and durable. */
export interface NodeFolder {
  readonly path: string;
  readonly node: NodeRecord;
  /** The number of times that the folder was opened, this one included. */
  readonly incarnation: number;
  /**
   * Whether its last start was in another folder: this one is a copy, or was put back from a backup. False where a file
   * system was copied whole, and after a start by an older release.
   */
  readonly isCopy: boolean;
  /** The proof of this start, and those of the next ones: made from a key that never leaves the folder. */
  readonly lives: { readonly own: string; readonly later: readonly string[] };
  /** Has the next start exceed `incarnation`. In the background; never rejects. */
  exceed(incarnation: number): void;
  /** Gives the number of this start to the next one, since this one was refused before it said anything. */
  unraise(): Promise<void>;
  /** The nodes it knew when it last ran. */
  readonly services: KnownServices;
  /** Opens the store of one replica; at most once for each unit. */
  openStore(unit: string, options?: StoreOptions): Promise<Store>;
  /** Stores the known nodes in the background. Never rejects: what is lost is learned again. */
  remember(services: readonly ServiceEntry[]): void;
  /** Replaces the identity in the folder. */
  rewrite(node: NodeRecord): Promise<void>;
  /** Releases the folder. All stores must be closed. */
  close(): Promise<void>;
}

/** The identity that the caller expects of a folder. */
export interface ExpectedNode {
  readonly clusterId?: string;
  readonly nodeId?: string;
  readonly kind?: 'server' | 'frontend';
  /** True for a `force`, also one that was cut short, or one on a folder of a node that has left. */
  readonly isForced?: boolean;
}

/**
 * Formats an absent or empty folder for `node`. Only for a node that has never run on it: a voter that forgot what it
 * promised and acknowledged can undo committed writes. An interrupted formatting is continued. `services` are the other
 * nodes it knows of; `first` adds what must be there before the node is. Rejects with a StorageError when the folder has
 * been used.
 */
export async function formatNodeFolder(
  folder: string,
  node: NodeRecord,
  services: readonly ServiceEntry[] = [],
  first: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await makeFolder(folder);
  const lock = await lockFolder(folder).catch((error: unknown) => {
    throw explainDisk(folder, error);
  });
  try {
    const found = await readNodeFile(folder);
    if (found !== undefined) throw new StorageError(`${folder} is the data folder of ${found.nodeId} already.`);
    await refuseUsed(folder);
    for (const group of node.topology.groups) {
      if (!/^[a-z][a-z0-9-]*$/.test(group)) throw new StorageError(`"${group}" is no name for the folder of a replica`);
      await makeFolder(join(folder, group));
      await formatStore(join(folder, group));
    }
    await writeServices(join(folder, SERVICES), services);
    await writeIncarnation(folder, { incarnation: 0 });
    await first();
    // Last: a folder whose formatting was interrupted lacks the file, and is formatted again.
    await writeNodeFile(folder, node);
  } catch (error) {
    throw explainDisk(folder, error);
  } finally {
    await lock.release();
  }
}

/**
 * Opens the data folder of a node for this process alone. Rejects with a StorageError that says what to do when the
 * folder is absent, another node's or cluster's, of another format, damaged, or in use.
 */
export async function openNodeFolder(folder: string, expected: ExpectedNode = {}): Promise<NodeFolder> {
  if (!existsSync(folder)) throw absent(folder, expected);
  const lock = await lockFolder(folder);
  try {
    const found = await readNodeAndFormat(folder);
    if (found === undefined) {
      await refuseUsed(folder);
      throw absent(folder, expected);
    }
    refuseOther(folder, found.node, expected);
    return await nodeFolder(folder, found, await raiseIncarnation(folder), lock);
  } catch (error) {
    await lock.release();
    throw explainDisk(folder, error);
  }
}

/**
 * Clears a closed folder, so that it can be formatted again. Only for a node that never had a vote: its contents are
 * lost. Cut short, it leaves an incomplete folder of the same node.
 */
export async function clearNodeFolder(folder: string, { topology }: Pick<NodeRecord, 'topology'>): Promise<void> {
  for (const name of [...topology.groups, SERVICES, INCARNATION, NODE_FILE]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
  await syncFolder(folder);
}

/**
 * Names of others' files in the folder of a new node. None where it has been formatted, or its formatting was cut short:
 * the rest is for `formatNodeFolder` to judge.
 */
export async function foreignIn(folder: string, groups: readonly string[]): Promise<readonly string[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  if (names.includes(INCARNATION)) return [];
  const ours = [...groups, SERVICES, INCARNATION, NODE_FILE, SECRET_FILE, EMPTY_DISK];
  return names.filter((name) => !name.startsWith('lock.') && !ours.includes(name.replace(/\.tmp$/, '')));
}

/** The folder of a file system that is otherwise empty. */
const EMPTY_DISK = 'lost+found';

/** The secret of the cluster that this node has founded. */
export const SECRET_FILE = 'secret';

const INCARNATION = 'incarnation.json';
const SERVICES = 'services.json';

const INCARNATION_FORMAT = 1;

/** Starts of a folder. `key` proves them; folders of older releases have none before their next start. */
interface Starts {
  readonly incarnation: number;
  readonly key?: string | undefined;
  /** The inode of the folder in which it was last started. */
  readonly inode?: string | undefined;
}

const incarnationFile = record<Starts & { readonly format: number }>({
  format: whole,
  incarnation: whole,
  key: orAbsent(text),
  inode: orAbsent(text),
});

/** Proofs of later starts that are known in advance: a copy of the folder that is further ahead cannot prove it. */
const PROOFS_AHEAD = 256;

function livesOf(diskId: string, { incarnation, key = '' }: Starts): NodeFolder['lives'] {
  const proofOf = (start: number): string =>
    createHmac('sha256', key).update(`start ${start} of ${diskId}`).digest('base64url').slice(0, 22);
  const later = Array.from({ length: PROOFS_AHEAD }, (_, more) => proofOf(incarnation + 1 + more));
  return { own: proofOf(incarnation), later };
}

async function nodeFolder(
  folder: string,
  { node, format: foundFormat }: { readonly node: NodeRecord; readonly format: number },
  { starts, isCopy }: Raised,
  lock: FolderLock,
): Promise<NodeFolder> {
  const services = await openServicesFile(join(folder, SERVICES));
  const { incarnation } = starts;
  let exceeding = Promise.resolve();
  let [latest, format] = [node, foundFormat];
  let rewriting = Promise.resolve();
  // One after another: each replaces the whole file.
  const rewrite = (): Promise<void> => {
    const written = rewriting.then(() => writeNodeFile(folder, latest, format));
    rewriting = written.catch(() => undefined);
    return written;
  };
  /** An earlier version would pass over files that it does not know, and must refuse the folder instead. */
  async function raiseFormat(): Promise<void> {
    if (format === FORMAT_WITH_CHANGES) return rewriting;
    format = FORMAT_WITH_CHANGES;
    await rewrite();
  }

  return {
    path: folder,
    node,
    incarnation,
    isCopy,
    lives: livesOf(node.diskId, starts),
    exceed(claimed) {
      // A failing disk ends the process through the log's own writes.
      exceeding = exceeding
        .then(() => writeIncarnation(folder, { ...starts, incarnation: claimed }))
        .catch(() => undefined);
    },
    unraise: () => writeIncarnation(folder, { ...starts, incarnation: incarnation - 1 }),
    services: services.known,
    async openStore(unit, storeOptions) {
      const path = join(folder, unit);
      if (!node.topology.groups.includes(unit) || !isStore(path)) {
        throw new StorageError(
          `${path} is missing, although the data folder around it is there: what this replica held is lost. ` +
            LOST_DISK,
        );
      }
      return openStore(path, incarnation, storeOptions, raiseFormat).catch((error: unknown) => {
        throw explainDisk(path, error);
      });
    },
    remember: (known) => services.replace(known),
    rewrite(changed) {
      latest = changed;
      return rewrite();
    },
    async close() {
      await services.close();
      await exceeding;
      await rewriting;
      await lock.release();
    },
  };
}

async function refuseUsed(folder: string): Promise<void> {
  if (existsSync(join(folder, INCARNATION)) && (await readIncarnation(folder)).incarnation > 0) {
    throw new StorageError(`${folder} has been used and has lost ${NODE_FILE}. ${LOST_DISK}`);
  }
}

function refuseOther(folder: string, node: NodeRecord, expected: ExpectedNode): void {
  const differs = (['clusterId', 'nodeId', 'kind'] as const).find(
    (key) => expected[key] !== undefined && expected[key] !== node[key],
  );
  if (differs !== undefined) {
    const what = { clusterId: 'cluster', nodeId: 'node', kind: 'a node of kind' }[differs];
    throw new StorageError(
      `${folder} belongs to ${what} ${node[differs]}, not to ${expected[differs]}: start each node with its own data folder.`,
    );
  }
  if (node.state === 'forcing' && expected.isForced !== true) {
    throw new StorageError(`${folder}: a force was cut short here. Run it again before the node is started.`);
  }
  // A `force` by an operator may open it: it may hold the last copy.
  if (node.state === 'left' && expected.isForced !== true) {
    throw new StorageError(
      `${folder}: ${node.nodeId} has left its cluster. To take part again, it joins with an empty folder.`,
    );
  }
}

interface Raised {
  readonly starts: Starts;
  readonly isCopy: boolean;
}

async function raiseIncarnation(folder: string): Promise<Raised> {
  const before = await readIncarnation(folder);
  const incarnation = before.incarnation + 1;
  const { ino } = await stat(folder, { bigint: true });
  const starts = { incarnation, key: before.key ?? randomBytes(16).toString('hex'), inode: String(ino) };
  await writeIncarnation(folder, starts);
  return { starts, isCopy: before.inode !== undefined && before.inode !== starts.inode };
}

function writeIncarnation(folder: string, starts: Starts): Promise<void> {
  return replaceFile(join(folder, INCARNATION), JSON.stringify({ format: INCARNATION_FORMAT, ...starts }));
}

async function readIncarnation(folder: string): Promise<Starts> {
  const path = join(folder, INCARNATION);
  const json = await readJson(path);
  checkFormat(json, INCARNATION_FORMAT, path);
  const { format: _, ...starts } = judged(path, incarnationFile, json);
  return starts;
}

/** Parses a small file; undefined when it is missing or no JSON. */
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

/** Creates a folder whose name is durable. */
async function makeFolder(folder: string): Promise<void> {
  await makeFolders(folder, FOLDER_MODE).catch((error: unknown) => {
    throw explainDisk(folder, error);
  });
  await syncFolder(dirname(folder));
}

function absent(folder: string, { nodeId }: ExpectedNode): StorageError {
  const whose = nodeId === undefined ? 'no data folder of a node' : `no data folder of node ${nodeId}`;
  return new StorageError(`${folder} holds ${whose}. If its disk was lost: ${LOST_DISK}`);
}
