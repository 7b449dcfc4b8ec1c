import { randomBytes } from 'node:crypto';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { firstDiskId, type Topology } from '../../protocol/model/topology.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import type { Cluster } from './cluster-file.ts';
import type { KnownService } from '../shared/known-service.ts';

/** How long requests count in a new cluster; then it is part of its first configuration, and the same for ever. */
const WINDOW = { dedupeFor: DEFAULT_SETTINGS.dedupeFor, dedupeMargin: DEFAULT_SETTINGS.dedupeMargin };

/** A new cluster of one server, in the words of the data folder of that server. */
export function foundingRecord(
  { service, module }: KnownService,
  { nodeId, address, listen }: { readonly nodeId: string; readonly address: string; readonly listen: string },
): NodeRecord {
  const topology = {
    clusterId: newClusterId(service.name),
    servers: [nodeId],
    frontEnds: [],
    groups: service.apps.map((app) => app.name),
  };
  return { ...firstRecord(service.name, module, topology, nodeId), address, listen };
}

/** What a cluster file says, in the words of the data folder of one of its nodes. */
export function recordOf({ service, module, topology, addresses }: Cluster, nodeId: string): NodeRecord {
  const address = addresses[nodeId] ?? '';
  return { ...firstRecord(service, module, topology, nodeId), address, listen: address };
}

export function newClusterId(service: string): string {
  return `${service}-${randomBytes(6).toString('hex')}`;
}

function firstRecord(
  service: string,
  module: string | undefined,
  topology: Topology,
  nodeId: string,
): Omit<NodeRecord, 'address' | 'listen'> {
  const { clusterId } = topology;
  return {
    clusterId,
    historyId: clusterId,
    nodeId,
    kind: topology.servers.includes(nodeId) ? 'server' : 'frontend',
    diskId: firstDiskId(topology, nodeId),
    generation: 1,
    service,
    ...(module === undefined ? {} : { module }),
    topology,
    window: WINDOW,
    state: 'ready',
  };
}
