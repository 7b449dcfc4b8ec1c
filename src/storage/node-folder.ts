import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import { decode, parseJson, record, type Shape, whole } from '../protocol/wire/decode.ts';
import { replaceFile, syncFolder } from './files.ts';
import { type FolderLock, lockFolder } from './folder-lock.ts';
import { NODE_FILE, type NodeRecord, readNodeFile, writeNodeFile } from './node-file.ts';
import { type KnownServices, openServicesFile, writeServices } from './services-file.ts';
import { explainDisk, LOST_DISK, StorageError } from './storage-error.ts';
import { formatStore, isStore, openStore, type Store, type StoreOptions } from './store.ts';

/** An open data folder: locked, its incarnation raised and durable. */
export interface NodeFolder {
  readonly path: string;
  readonly node: NodeRecord;
  /** 1 for the first process that opened it, and one more for each after. */
  readonly incarnation: number;
  /** The nodes it knew of last. */
  readonly services: KnownServices;
  /** The store of one replica; at most once per unit. */
  openStore(unit: string, options?: StoreOptions): Promise<Store>;
  /** Remembers, in the background, the nodes that are known now. Never rejects: what is lost of it is learned again. */
  remember(services: readonly ServiceEntry[]): void;
  /** Changes what the folder says of its node. */
  rewrite(node: NodeRecord): Promise<void>;
  /** After all stores have been closed. */
  close(): Promise<void>;
}

/** Whose folder one takes it for. */
export interface ExpectedNode {
  readonly clusterId?: string;
  readonly nodeId?: string;
  readonly kind?: 'server' | 'frontend';
  /** Whether it is opened for a `force`, which may have been cut short before, or is the last resort of one that has left. */
  readonly isForced?: boolean;
}

/**
 * Makes an absent or empty folder that of `node`, whose disk this is from now on. Only for a node that has never run on it:
 * a voter that forgot what it promised and acknowledged can undo what was committed. Where formatting was interrupted it is
 * gone on with. `services` are the others it knows of. Rejects with a StorageError when the folder has been used.
 */
export async function formatNodeFolder(
  folder: string,
  node: NodeRecord,
  services: readonly ServiceEntry[] = [],
): Promise<void> {
  await makeFolder(folder);
  const lock = await lockFolder(folder);
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
    await writeIncarnation(folder, 0);
    // Last: a folder whose formatting was interrupted has none, and is formatted again.
    await writeNodeFile(folder, node);
  } catch (error) {
    throw explainDisk(folder, error);
  } finally {
    await lock.release();
  }
}

/**
 * Opens the data folder of a node for this process alone. Rejects with a StorageError that says what to do when it is
 * absent, another node's or cluster's, of another format, damaged, or in use.
 */
export async function openNodeFolder(folder: string, expected: ExpectedNode = {}): Promise<NodeFolder> {
  if (!existsSync(folder)) throw absent(folder, expected);
  const lock = await lockFolder(folder);
  try {
    const node = await readNodeFile(folder);
    if (node === undefined) {
      await refuseUsed(folder);
      throw absent(folder, expected);
    }
    refuseOther(folder, node, expected);
    const incarnation = await raiseIncarnation(folder);
    return await nodeFolder(folder, node, incarnation, lock);
  } catch (error) {
    await lock.release();
    throw explainDisk(folder, error);
  }
}

/**
 * Makes a closed folder one that can be formatted again. Only where its node has never had a vote: what is in it is lost. Cut
 * short, it leaves the folder as that of the same node, which some of it is missing of.
 */
export async function clearNodeFolder(folder: string, { topology }: Pick<NodeRecord, 'topology'>): Promise<void> {
  for (const name of [...topology.groups, SERVICES, INCARNATION, NODE_FILE]) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
  await syncFolder(folder);
}

const INCARNATION = 'incarnation.json';
const SERVICES = 'services.json';

const INCARNATION_FORMAT = 1;

const incarnationFile = record<{ readonly format: number; readonly incarnation: number }>({
  format: whole,
  incarnation: whole,
});

async function nodeFolder(
  folder: string,
  node: NodeRecord,
  incarnation: number,
  lock: FolderLock,
): Promise<NodeFolder> {
  const services = await openServicesFile(join(folder, SERVICES));
  return {
    path: folder,
    node,
    incarnation,
    services: services.known,
    async openStore(unit, storeOptions) {
      const path = join(folder, unit);
      if (!node.topology.groups.includes(unit) || !isStore(path)) {
        throw new StorageError(
          `${path} is missing, although the data folder around it is there: what this replica held is lost. ` +
            LOST_DISK,
        );
      }
      return openStore(path, incarnation, storeOptions).catch((error: unknown) => {
        throw explainDisk(path, error);
      });
    },
    remember: (known) => services.replace(known),
    rewrite: (changed) => writeNodeFile(folder, changed),
    async close() {
      await services.close();
      await lock.release();
    },
  };
}

async function refuseUsed(folder: string): Promise<void> {
  if (existsSync(join(folder, INCARNATION)) && (await readIncarnation(folder)) > 0) {
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
  // An operator may need what it has all the same: nothing else may be left.
  if (node.state === 'left' && expected.isForced !== true) {
    throw new StorageError(
      `${folder}: ${node.nodeId} has left its cluster for good. To take part again, it joins with an empty folder.`,
    );
  }
}

async function raiseIncarnation(folder: string): Promise<number> {
  const incarnation = (await readIncarnation(folder)) + 1;
  await writeIncarnation(folder, incarnation);
  return incarnation;
}

function writeIncarnation(folder: string, incarnation: number): Promise<void> {
  return replaceFile(join(folder, INCARNATION), JSON.stringify({ format: INCARNATION_FORMAT, incarnation }));
}

async function readIncarnation(folder: string): Promise<number> {
  const path = join(folder, INCARNATION);
  const { format, incarnation } = judged(path, incarnationFile, await readJson(path));
  if (format === INCARNATION_FORMAT) return incarnation;
  throw new StorageError(
    `${path} has format ${format}, and this version knows format ${INCARNATION_FORMAT}: start the version that wrote it.`,
  );
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
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainDisk(folder, error);
  });
  await syncFolder(dirname(folder));
}

function absent(folder: string, { nodeId }: ExpectedNode): StorageError {
  const whose = nodeId === undefined ? 'no data folder of a node' : `no data folder of node ${nodeId}`;
  return new StorageError(`${folder} holds ${whose}. If its disk was lost: ${LOST_DISK}`);
}
