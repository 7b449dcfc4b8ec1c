import type { GroupName } from '../../protocol/model/app.ts';
import { sameEpoch } from '../../protocol/model/epoch.ts';
import type { Judge } from './judge.ts';
import type { SeenReplica } from './seen.ts';

/**
 * Only a primary makes entries visible first, and no more than it counts as safe; secondaries and witnesses follow. A
 * replica that took the uncommitted end of its log as committed would go unnoticed until another one contradicts it
 * (Raft §5.3; PROTOCOL §4.4).
 */
export function countedFirst(): Judge {
  const counted = new Map<GroupName, number>();
  return {
    name: 'counted-first',
    source: 'PROTOCOL §4.4',
    stepped({ node, group, before, after }) {
      const { leading, commit } = after;
      if (commit === before?.commit) return undefined;
      if (leading !== undefined) {
        if (commit > leading.raftCommit) {
          return `${node} made entry ${commit} of ${group} visible, and counts ${leading.raftCommit} as safe`;
        }
        counted.set(group, Math.max(counted.get(group) ?? 0, commit));
        return undefined;
      }
      // Counted in the very step in which the primary stepped down: the group has had no other primary since.
      if (hasSteppedDown(before, after)) counted.set(group, Math.max(counted.get(group) ?? 0, commit));
      const known = counted.get(group) ?? 0;
      return commit > known
        ? `${node} made entry ${commit} of ${group} visible, and no primary got beyond ${known}`
        : undefined;
    },
  };
}

/** Whether a primary has stepped down by itself and follows no other yet. */
function hasSteppedDown(before: SeenReplica | undefined, { promised }: SeenReplica): boolean {
  return before?.leading !== undefined && sameEpoch(before.leading.epoch, promised);
}
