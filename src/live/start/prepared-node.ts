import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { Credentials } from '../../security/call-process.ts';
import type { Service } from '../../service/service.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import { type ExpectedNode, formatNodeFolder, type NodeFolder, openNodeFolder } from '../../storage/node-folder.ts';
import type { JoinAnswer } from '../admin/admission.ts';
import { joinCluster } from './join.ts';
import { foundingRecord } from './node-record.ts';
import { partsOf, type Place } from './place.ts';
import type { ServiceSource } from './service-source.ts';

/** A node that is ready to be started: its folder is open. */
export interface PreparedNode {
  readonly folder: NodeFolder;
  readonly service: Service;
  /** `host:port` of nodes, as a cluster file has them. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Who there is, as a cluster file says. */
  readonly services: readonly ServiceEntry[];
  readonly listen: { readonly host: string; readonly port: number };
  /** Whether it has just joined, under a name that it was given: two that join at the same time may be given the same. */
  readonly isNewlyNamed: boolean;
}

/** Makes the folder of the first node of a new cluster. Rejects with a `StorageError`. */
export async function foundNode(
  path: string,
  source: ServiceSource,
  nodeId: string | undefined,
  place: Place,
): Promise<void> {
  await formatNodeFolder(path, foundingRecord(source, { nodeId: nodeId ?? 's1', ...place }));
}

/** What joins, and by whom. */
export interface Joining {
  readonly kind: 'server' | 'frontend';
  /** `host:port` of a node of the cluster, any of it. */
  readonly contact: string;
  /** The name it asks for; undefined: the next free one. */
  readonly nodeId: string | undefined;
  readonly place: Place;
}

/**
 * Asks for a place in a cluster, and makes the folder of the node that has it. `sourceOf` says of which service that cluster is
 * here. Rejects with a `StartError`, or with what `sourceOf` or the disk says; no folder is left behind then.
 */
export async function joinNode(
  path: string,
  { kind, contact, nodeId, place }: Joining,
  credentials: Credentials,
  sourceOf: (joined: JoinAnswer) => Promise<ServiceSource>,
  say: (line: string) => void,
): Promise<void> {
  const request = { kind, address: place.address, ...(nodeId === undefined ? {} : { nodeId }) };
  const joined = await joinCluster(contact, request, credentials, say);
  const { module } = await sourceOf(joined);
  const { services, ...record } = joined;
  const named = module === undefined ? {} : { module };
  await formatNodeFolder(path, { ...record, kind, ...place, state: 'ready', ...named }, services);
  say(`joins ${joined.clusterId} as ${joined.nodeId}`);
}

/** Opens the folder of a node, and writes down there where it is from now on. Rejects with a `StorageError`. */
export async function openNode(
  path: string,
  expected: ExpectedNode,
  { service, module }: ServiceSource,
  placeFrom: (before: NodeRecord) => Place,
): Promise<Omit<PreparedNode, 'isNewlyNamed'>> {
  const folder = await openNodeFolder(path, expected);
  const { node } = folder;
  try {
    const place = placeFrom(node);
    const moved = { ...node, ...place, module };
    const hasMoved = place.listen !== node.listen || place.address !== node.address || module !== node.module;
    if (hasMoved) await folder.rewrite(moved);
    return { folder: { ...folder, node: moved }, service, addresses: {}, services: [], listen: partsOf(place.listen) };
  } catch (error) {
    await folder.close();
    throw error;
  }
}
