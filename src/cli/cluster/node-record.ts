import { firstRecord } from '../../live/start/node-record.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import type { Cluster } from './cluster-file.ts';

/** The record of a node's data folder by its cluster file. */
export function recordOf({ service, module, topology, addresses }: Cluster, nodeId: string): NodeRecord {
  const address = addresses[nodeId] ?? '';
  return { ...firstRecord(service, module, topology, nodeId), address, listen: address };
}
