import { randomBytes } from 'node:crypto';
import { firstVersions } from '../../protocol/model/app-versions.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { firstDiskId, type Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import type { NodeRecord } from '../../storage/node-file.ts';

/** The deduplication window of a new cluster; part of its first configuration, and fixed for its life. */
const WINDOW = { dedupeFor: DEFAULT_SETTINGS.dedupeFor, dedupeMargin: DEFAULT_SETTINGS.dedupeMargin };

/** The record of the only server of a new cluster. */
export function foundingRecord(
  { service, module }: { readonly service: Pick<Service, 'name' | 'apps'>; readonly module: string | undefined },
  { nodeId, address, listen }: { readonly nodeId: string; readonly address: string; readonly listen: string },
): NodeRecord {
  const topology = {
    clusterId: newClusterId(service.name),
    servers: [nodeId],
    frontEnds: [],
    groups: service.apps.map((app) => app.name),
    ...firstVersions(service.apps),
  };
  return { ...firstRecord(service.name, module, topology, nodeId), address, listen };
}

export function newClusterId(service: string): string {
  return `${service}-${randomBytes(6).toString('hex')}`;
}

/** The record of a node of a new cluster, without its place. */
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
