import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { firstConfiguration } from '../../protocol/model/topology.ts';
import { isLossCovered } from '../disk/covered.ts';
import { hasDurably } from '../disk/disk.ts';
import { asSimDisk, lastEntry } from './disk-value.ts';
import type { Local } from './local.ts';
import type { Model } from './model.ts';

/** Whether the loss of the last entry of a node's log is covered (PROTOCOL §2.7). */
export function isLastCovered(
  model: Model,
  cluster: ReadonlyMap<NodeId, Local>,
  node: NodeId,
  group: GroupName,
): boolean {
  const own = cluster.get(node)?.disks[group];
  const lost = own && lastEntry(own);
  if (lost === undefined) return true;
  const kept = [...cluster.values()].map(({ host, disks }) => {
    const disk = disks[group];
    return { disk: disk && asSimDisk(disk), log: host.slots[group]?.replica.log };
  });
  return isLossCovered(kept, firstConfiguration(model.topology, group), ({ nodeId }) => {
    const theirs = nodeId === node ? undefined : cluster.get(nodeId)?.disks[group];
    return theirs !== undefined && hasDurably(asSimDisk(theirs), lost.index, lost.hash);
  });
}
