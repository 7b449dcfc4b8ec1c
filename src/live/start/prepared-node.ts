import { join } from 'node:path';
import type { ServiceEntry } from '../../protocol/model/directory.ts';
import type { Credentials } from '../../security/call-process.ts';
import { makeSecret } from '../../security/make-secret.ts';
import type { Tls } from '../../security/tls.ts';
import type { Service } from '../../service/service.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import {
  type ExpectedNode,
  formatNodeFolder,
  type NodeFolder,
  openNodeFolder,
  SECRET_FILE,
} from '../../storage/node-folder.ts';
import type { JoinAnswer } from '../admin/admission.ts';
import { nodeName } from '../admin/node-name.ts';
import { refuseBusyPlace } from './free-place.ts';
import { joinCluster } from './join.ts';
import { foundingRecord } from './node-record.ts';
import { splitHostPort } from '../../protocol/model/host-port.ts';
import type { Place } from './place.ts';
import type { ServiceSource } from './service-source.ts';
import { refuseSoughtPlace } from './sought-place.ts';
import { StartError } from './start-error.ts';

/** A node with an open folder, ready to be started. */
export interface PreparedNode {
  readonly folder: NodeFolder;
  readonly service: Service;
  /** `host:port` of nodes in a cluster file. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Nodes in a cluster file. */
  readonly services: readonly ServiceEntry[];
  readonly listen: { readonly host: string; readonly port: number };
  /** Whether it has just joined under a name that it was given: of two that join at the same time both may have it. */
  readonly isNewlyNamed: boolean;
}

/** `probePort`: where the node will answer probes, if on a port of their own. */
interface Founding {
  readonly tls: Tls | undefined;
  readonly makesSecret: boolean;
  readonly probePort: number | undefined;
}

/**
 * Founds a cluster: creates the folder of its first node, and in it the secret of the cluster where `makesSecret`.
 * Rejects with a `StorageError`, or with a `StartError` where
 * `nodeId` is no name of a node, a port cannot be had, or nodes of a cluster still link to one at this place.
 */
export async function foundNode(
  path: string,
  source: ServiceSource,
  nodeId: string | undefined,
  place: Place,
  { tls, makesSecret, probePort }: Founding,
): Promise<void> {
  const name = nodeName.safeParse(nodeId ?? 's1');
  if (!name.success) throw new StartError(`${nodeId} ${name.error.issues[0]?.message ?? ''}`);
  await refuseBusyPlace(place, probePort);
  await refuseSoughtPlace(place, tls);
  const first = makesSecret ? () => makeSecret(join(path, SECRET_FILE)) : undefined;
  await formatNodeFolder(path, foundingRecord(source, { nodeId: name.data, ...place }), [], first);
}

/** The joining node, and its contacts. */
export interface Joining {
  readonly kind: 'server' | 'frontend';
  /** `host:port` of nodes of the cluster, at least one; they are asked in turn. */
  readonly contacts: readonly string[];
  /** The wanted name; undefined: the next free one. */
  readonly nodeId: string | undefined;
  readonly place: Place;
  readonly probePort: number | undefined;
}

/**
 * Joins a cluster, and creates the folder of the node. `sourceOf` finds the cluster's service on this machine. Rejects
 * with a `StartError`, also where a port cannot be had, or with the error of `sourceOf` or the disk; no folder is left
 * behind then.
 */
export async function joinNode(
  path: string,
  { kind, contacts, nodeId, place, probePort }: Joining,
  credentials: Credentials,
  sourceOf: (joined: JoinAnswer) => Promise<ServiceSource>,
  say: (line: string) => void,
): Promise<void> {
  await refuseBusyPlace(place, probePort);
  const request = { kind, address: place.address, ...(nodeId === undefined ? {} : { nodeId }) };
  const joined = await joinCluster(contacts, request, credentials, say);
  const { module } = await sourceOf(joined);
  const { services, ...record } = joined;
  const named = module === undefined ? {} : { module };
  await formatNodeFolder(path, { ...record, kind, ...place, state: 'ready', ...named }, services);
  say(`joins ${joined.clusterId} as ${joined.nodeId}`);
}

/**
 * Opens the folder of a node, and stores its present place in it. Rejects with a `StorageError`, or with a `StartError`
 * where a port cannot be had.
 */
export async function openNode(
  path: string,
  expected: ExpectedNode,
  { service, module }: ServiceSource,
  placeFrom: (before: NodeRecord) => Place,
  probePort: number | undefined,
): Promise<Omit<PreparedNode, 'isNewlyNamed'>> {
  const folder = await openNodeFolder(path, expected);
  const { node } = folder;
  try {
    const place = placeFrom(node);
    await refuseBusyPlace(place, probePort);
    const moved = { ...node, ...place, module };
    const hasMoved = place.listen !== node.listen || place.address !== node.address || module !== node.module;
    if (hasMoved) await folder.rewrite(moved);
    return {
      folder: { ...folder, node: moved },
      service,
      addresses: {},
      services: [],
      listen: splitHostPort(place.listen),
    };
  } catch (error) {
    await folder.close();
    throw error;
  }
}
