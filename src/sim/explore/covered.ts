import type { GroupName } from '../../protocol/model/app.ts';
import type { Configuration } from '../../protocol/model/configuration.ts';
import { hasQuorum } from '../../protocol/model/configuration.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import { firstConfiguration } from '../../protocol/model/topology.ts';
import { durableConfiguration, hasDurably } from '../disk/disk.ts';
import { asSimDisk, lastEntry } from './disk-value.ts';
import type { Local } from './local.ts';
import type { Model } from './model.ts';

/**
 * Whether the loss of the last entry of a node's log is covered (PROTOCOL §2.7): the other disks that have it hold more
 * than half of the votes, by every configuration that any log of the cluster ends with.
 */
export function isLossCovered(
  model: Model,
  cluster: ReadonlyMap<NodeId, Local>,
  node: NodeId,
  group: GroupName,
): boolean {
  const disk = cluster.get(node)?.disks[group];
  const lost = disk && lastEntry(disk);
  if (lost === undefined) return true;
  const first = firstConfiguration(model.topology, group);
  const configurations = [...cluster.values()].flatMap(({ host, disks }): readonly Configuration[] => {
    const own = disks[group];
    const log = host.slots[group]?.replica.log;
    return [
      ...(own === undefined ? [] : [durableConfiguration(asSimDisk(own), first)]),
      ...(log === undefined ? [] : [configurationOfLog(log)]),
    ];
  });
  const has = (other: NodeId): boolean => {
    const theirs = other === node ? undefined : cluster.get(other)?.disks[group];
    return theirs !== undefined && hasDurably(asSimDisk(theirs), lost.index, lost.hash);
  };
  return configurations.every((configuration) => hasQuorum(configuration, ({ nodeId }) => has(nodeId)));
}
