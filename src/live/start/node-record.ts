import { randomBytes } from 'node:crypto';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { firstDiskId, type Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import type { NodeRecord } from '../../storage/node-file.ts';

/** How long requests count in a new cluster; then it is part of its first configuration, and the same for ever. */
const WINDOW = { dedupeFor: DEFAULT_SETTINGS.dedupeFor, dedupeMargin: DEFAULT_SETTINGS.dedupeMargin };

/** A new cluster of one server, in the words of the data folder of that server. */
export function foundingRecord(
  { service, module }: { readonly service: Pick<Service, 'name' | 'apps'>; readonly module: string | undefined },
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

export function newClusterId(service: string): string {
  return `${service}-${randomBytes(6).toString('hex')}`;
}

/** The record of a node of a new cluster, but for where it is. */
export function firstRecord(
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
