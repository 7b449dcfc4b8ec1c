import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DedupeWindow } from '../protocol/model/machine.ts';
import type { Topology } from '../protocol/model/topology.ts';
import {
  arrayOf,
  decode,
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
import { LOST_DISK, StorageError } from './storage-error.ts';

/** All a node must know to start: who it is, and which cluster it belongs to. Kept in its data folder as `node.json`. */
export interface NodeRecord {
  readonly clusterId: string;
  /** Names one unbroken history of the cluster; an operator's `force` begins another one. */
  readonly historyId: string;
  readonly nodeId: string;
  readonly kind: 'server' | 'frontend';
  /** Made with the folder: a node that lost its disk comes back with another one. */
  readonly diskId: string;
  /** Which disk of this node id: 1 for the first. */
  readonly generation: number;
  /** The name of the service. */
  readonly service: string;
  /** The file on this machine that exports it, absolute; absent where the service comes along. */
  readonly module?: string | undefined;
  /** The first configuration of the cluster, which every log begins with; this node need not be in it. */
  readonly topology: Topology;
  /** How long requests count, the same on every node for ever. */
  readonly window: DedupeWindow;
  /** `host:port`, where the others reach it. */
  readonly address: string;
  /** `host:port`, where it listens: the same, unless it stands behind a map of ports or on all interfaces. */
  readonly listen: string;
  readonly state: NodeState;
}

/**
 * `ready`: it may be started. `forcing`: an operator's `force` was cut short, and must be run again first. `left`: the node
 * is a member no longer, and never will be with this disk.
 */
type NodeState = 'ready' | 'forcing' | 'left';

/** The file that makes a folder a node's. */
export const NODE_FILE = 'node.json';

/** 1 was that of version 0.1: without the cluster's first configuration, and with fewer members in it. */
const FORMAT = 2;

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
  }),
  window: record<DedupeWindow>({ dedupeFor: finite, dedupeMargin: finite }),
  address: text,
  listen: text,
  state: oneOf('ready', 'forcing', 'left'),
});

/** Whose folder it is; undefined where it has no such file. Rejects with a StorageError when that is damaged or of another format. */
export async function readNodeFile(folder: string): Promise<NodeRecord | undefined> {
  const path = join(folder, NODE_FILE);
  if (!existsSync(path)) return undefined;
  const parsed = parseJson(await readFile(path, 'utf8'), 1_000_000);
  const found = parsed.type === 'decoded' ? parsed.value : undefined;
  // The format first: what is in a folder of another format may look different.
  if (isObject(found) && typeof found['format'] === 'number' && found['format'] !== FORMAT) {
    throw new StorageError(otherFormat(folder, found['format']));
  }
  const decoded = decode(nodeFile, found, '');
  if (decoded.type === 'rejected') {
    throw new StorageError(`${path} is missing or damaged (${decoded.reason}). ${LOST_DISK}`);
  }
  const { format: _, ...node } = decoded.value;
  return node;
}

/** Replaces the file, whole or not at all. */
export async function writeNodeFile(folder: string, node: NodeRecord): Promise<void> {
  await replaceFile(join(folder, NODE_FILE), `${JSON.stringify({ format: FORMAT, ...node }, undefined, 2)}\n`);
}

/** A log of format 1 cannot be continued: it begins with a first configuration in which not every front end is named. */
function otherFormat(folder: string, format: number): string {
  const known = `${folder} has format ${format}, and this version knows format ${FORMAT}`;
  return format === 1
    ? `${known}: version 0.1 wrote it. Start that version to read it, or begin a new cluster in another folder.`
    : `${known}: start the version that wrote it.`;
}
