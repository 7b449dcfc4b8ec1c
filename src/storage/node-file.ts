import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DedupeWindow } from '../protocol/model/machine.ts';
import type { Topology } from '../protocol/model/topology.ts';
import {
  arrayOf,
  decode,
  dictionaryOf,
  finite,
  isObject,
  oneOf,
  orAbsent,
  parseJson,
  record,
  text,
  whole,
} from '../protocol/wire/decode.ts';
import { replaceFile } from './files.ts';
import { explainDisk, LOST_DISK, StorageError } from './storage-error.ts';
import { errorCode } from '../protocol/model/error-code.ts';

/** The identity of a node: its name, its cluster, its addresses. Kept in its data folder as `node.json`. */
export interface NodeRecord {
  readonly clusterId: string;
  /** Names one unbroken history of the cluster; an operator's `force` begins a new one. */
  readonly historyId: string;
  readonly nodeId: string;
  readonly kind: 'server' | 'frontend';
  /** Created with the folder; a node that lost its disk rejoins under a new disk id. */
  readonly diskId: string;
  /** The number of this disk among those of the node id: 1 for the first. */
  readonly generation: number;
  /** The name of the service. */
  readonly service: string;
  /** The module that exports the service, as an absolute path; absent for a service of the package. */
  readonly module?: string | undefined;
  /** The first configuration of the cluster, which every log begins with. This node need not be in it. */
  readonly topology: Topology;
  /** The deduplication window, fixed for the life of the cluster and the same on every node. */
  readonly window: DedupeWindow;
  /** `host:port` where other processes reach it. */
  readonly address: string;
  /** `host:port` where it listens. Differs behind a port mapping or on all interfaces. */
  readonly listen: string;
  readonly state: NodeState;
}

/**
 * Whether the node may start.
 *
 * - `ready`: it may.
 * - `forcing`: an operator's `force` was cut short and must be run again first.
 * - `left`: the node is no member any more and cannot be one again with this disk.
 */
type NodeState = 'ready' | 'forcing' | 'left';

/** The file that makes a folder a node's data folder. */
export const NODE_FILE = 'node.json';

/**
 * Format 1 was that of version 0.1: without the cluster's first configuration, and with fewer members in it. Format 3 is
 * that of a folder with files that versions before do not know; its node.json is the same.
 */
const FORMAT = 2;
export const FORMAT_WITH_CHANGES = 3;

const nodeFile = record<NodeRecord & { readonly format: number }>({
  format: whole,
  clusterId: text,
  historyId: text,
  nodeId: text,
  kind: oneOf('server', 'frontend'),
  diskId: text,
  generation: whole,
  service: text,
  module: orAbsent(text),
  topology: record<Topology>({
    clusterId: text,
    servers: arrayOf(text),
    frontEnds: arrayOf(text),
    groups: arrayOf(text),
    versions: orAbsent(dictionaryOf(whole)),
  }),
  window: record<DedupeWindow>({ dedupeFor: finite, dedupeMargin: finite }),
  address: text,
  listen: text,
  state: oneOf('ready', 'forcing', 'left'),
});

/**
 * Reads the identity of a folder's node; undefined without the file. Rejects with a StorageError when the file is
 * damaged or of another format.
 */
export async function readNodeFile(folder: string): Promise<NodeRecord | undefined> {
  return (await readNodeAndFormat(folder))?.node;
}

/** The same, and the format of the folder. */
export async function readNodeAndFormat(
  folder: string,
): Promise<{ readonly node: NodeRecord; readonly format: number } | undefined> {
  const path = join(folder, NODE_FILE);
  let contents: string;
  try {
    contents = await readFile(path, 'utf8');
  } catch (error) {
    // A folder that this user may not enter is none without a node.
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw explainDisk(folder, error);
  }
  const parsed = parseJson(contents, 1_000_000);
  const found = parsed.type === 'decoded' ? parsed.value : undefined;
  // The format first: a folder of another format may differ in all else.
  if (isObject(found) && typeof found['format'] === 'number' && !isKnown(found['format'])) {
    throw new StorageError(otherFormat(folder, found['format']));
  }
  const decoded = decode(nodeFile, found, '');
  if (decoded.type === 'rejected') {
    throw new StorageError(`${path} is missing or damaged (${decoded.reason}). ${LOST_DISK}`);
  }
  const { format, ...node } = decoded.value;
  return { format, node };
}

function isKnown(format: number): boolean {
  return format === FORMAT || format === FORMAT_WITH_CHANGES;
}

/** Replaces the file atomically. */
export async function writeNodeFile(folder: string, node: NodeRecord, format = FORMAT): Promise<void> {
  await replaceFile(join(folder, NODE_FILE), `${JSON.stringify({ format, ...node }, undefined, 2)}\n`);
}

/** A log of format 1 cannot be continued: its first configuration does not name every front end. */
function otherFormat(folder: string, format: number): string {
  const known = `${folder} has format ${format}, and this version knows format ${FORMAT_WITH_CHANGES}`;
  return format === 1
    ? `${known}: version 0.1 wrote it. Start that version to read it, or begin a new cluster in another folder.`
    : `${known}: start the version that wrote it.`;
}
