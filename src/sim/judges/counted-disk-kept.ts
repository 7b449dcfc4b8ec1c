import type { GroupName } from '../../protocol/model/app.ts';
import { voterOf } from '../../protocol/model/configuration.ts';
import type { ConfigurationAt } from '../../protocol/model/log.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A disk is given up only when no group counts it: not while the newest configuration that is safe gives it a vote
 * (PROTOCOL §5.9). It may be the only one with the newest acknowledged writes, and the vote that is missing.
 */
export function countedDiskKept(evidence: Pick<Evidence, 'firstConfiguration' | 'service'>): Judge {
  const safe = new Map<GroupName, ConfigurationAt>();
  return {
    name: 'counted-disk-kept',
    source: 'PROTOCOL §5.9',
    stepped({ group, after }) {
      if (after.leading === undefined) return undefined;
      const { raftCommit } = after.leading;
      const newest = after.log.configurations.findLast(({ index }) => index <= raftCommit);
      if (newest !== undefined && newest.index > (safe.get(group)?.index ?? 0)) safe.set(group, newest);
      return undefined;
    },
    retired(node, diskId) {
      const counting = evidence.service.apps.find(({ name }) => {
        const configuration = safe.get(name)?.configuration ?? evidence.firstConfiguration(name);
        return voterOf(configuration, node)?.diskId === diskId;
      });
      if (counting === undefined) return undefined;
      return `disk ${diskId} of ${node} is given up, and ${counting.name} counts its vote`;
    },
  };
}
