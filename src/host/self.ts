import type { Self } from '../gossip/gossip.ts';
import { assert } from '../protocol/model/assert.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Identity } from '../protocol/replica/replica.ts';
import { firstDiskId, type Topology } from '../protocol/model/topology.ts';

/** Who a process is, in which history of its cluster. A node of no place in the first configuration has joined later. */
export interface HostSelf extends Self {
  readonly historyId: string;
}

/** A node that was there from the beginning, on its first disk. `address` is of use only to a directory. */
export function founder(topology: Topology, nodeId: NodeId, address = ''): HostSelf {
  const isServer = topology.servers.includes(nodeId);
  assert(isServer || topology.frontEnds.includes(nodeId), 'a founder is named by the first configuration');
  return {
    nodeId,
    kind: isServer ? 'server' : 'frontend',
    address,
    diskId: firstDiskId(topology, nodeId),
    generation: 1,
    historyId: topology.clusterId,
  };
}

/** The same as a replica of `group` knows it. */
export function identityOf({ clusterId }: Topology, self: HostSelf, group: GroupName): Identity {
  const { nodeId, diskId, historyId } = self;
  return { clusterId, historyId, group, nodeId, diskId, kind: self.kind === 'server' ? 'data' : 'witness' };
}
