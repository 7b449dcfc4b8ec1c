import type { GroupName } from '../../protocol/model/app.ts';
import { type Configuration, dataVoters, voterOf } from '../../protocol/model/configuration.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { ConfigurationAt } from '../../protocol/model/log.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A disk is given up only when no group counts it: not while the newest configuration that is safe gives it a vote
 * (PROTOCOL §5.9). It may be the only one with the newest acknowledged writes, and the vote that is missing. And no new
 * disk takes the name of one that is the only data voter there.
 */
export function countedDiskKept(evidence: Pick<Evidence, 'firstConfiguration' | 'service'>): Judge {
  const safe = new Map<GroupName, ConfigurationAt>();
  return {
    name: 'counted-disk-kept',
    source: 'PROTOCOL §5.9',
    stepped({ node, group, before, after }) {
      if (before === undefined && after.incarnation === 1) return usurped(node, group, after.identity?.diskId);
      if (after.leading === undefined) return undefined;
      const { raftCommit } = after.leading;
      const newest = after.log.configurations.findLast(({ index }) => index <= raftCommit);
      if (newest !== undefined && newest.index > (safe.get(group)?.index ?? 0)) safe.set(group, newest);
      return undefined;
    },
    retired(node, diskId) {
      const counting = evidence.service.apps.find(({ name }) => voterOf(inForce(name), node)?.diskId === diskId);
      if (counting === undefined) return undefined;
      return `disk ${diskId} of ${node} is given up, and ${counting.name} counts its vote`;
    },
  };

  function inForce(group: GroupName): Configuration {
    return safe.get(group)?.configuration ?? evidence.firstConfiguration(group);
  }

  function usurped(node: NodeId, group: GroupName, diskId: string | undefined): string | undefined {
    const [only, ...others] = dataVoters(inForce(group));
    if (only?.nodeId !== node || others.length > 0 || only.diskId === diskId || diskId === undefined) return undefined;
    return `disk ${diskId} begins as ${node}, and ${only.diskId} is the only data voter of ${group}`;
  }
}
