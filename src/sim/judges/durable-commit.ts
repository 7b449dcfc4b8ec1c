import type { GroupName } from '../../protocol/model/app.ts';
import { dataVoters, hasQuorum, type Member } from '../../protocol/model/configuration.ts';
import type { LogBase } from '../../protocol/model/entry.ts';
import { configurationOfLog, placeAt } from '../../protocol/model/log.ts';
import { hasOrHad } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Durability: what a primary counts as safe is on the disks of a quorum of votes; what it makes visible is also on the
 * disk of every data voter of its configuration (under `majority`: of a quorum). Otherwise the one surviving server may
 * lack acknowledged writes (PROTOCOL §4.4; Kafka KIP-497, maximal in-sync set). A record that a disk has had and lost
 * counts: its primary cannot know before it is told (§2.7; then `believed-match` judges).
 */
export function durableCommit(evidence: Pick<Evidence, 'diskOf' | 'settings'>): Judge {
  const lacks = (group: GroupName, place: LogBase, { nodeId, diskId }: Member): boolean => {
    const disk = evidence.diskOf(nodeId, group, diskId);
    return disk === undefined || !hasOrHad(disk, place.index, place.hash);
  };
  return {
    name: 'durable-commit',
    source: 'PROTOCOL §4.4',
    stepped({ node, group, before, after }) {
      const { leading, log, commit } = after;
      if (leading === undefined) return undefined;
      const countsMore = leading.raftCommit > (before?.leading?.raftCommit ?? before?.commit ?? 0);
      const showsMore = commit > (before?.commit ?? 0);
      if (!countsMore && !showsMore) return undefined;
      // A step may count first and then change the configuration: either of the two may be the one it counted by.
      const configurations = [configurationOfLog(before?.log ?? log), configurationOfLog(log)];

      const safe = placeAt(log, leading.raftCommit);
      if (safe !== undefined && countsMore) {
        const isHeld = configurations.some((by) => hasQuorum(by, (member) => !lacks(group, safe, member)));
        if (!isHeld) return `${node} counts entry ${safe.index} of ${group} as safe, and no quorum has it on disk`;
      }

      const visible = placeAt(log, commit);
      if (visible !== undefined && showsMore && evidence.settings.acknowledge === 'in-sync') {
        const missing = configurations.map((by) => dataVoters(by).filter((member) => lacks(group, visible, member)));
        if (missing.every((voters) => voters.length > 0)) {
          const whose = missing.at(-1)?.map(({ nodeId }) => nodeId) ?? [];
          return `${node} made entry ${commit} of ${group} visible, and the disk of ${whose.join(', ')} lacks it`;
        }
      }
      return undefined;
    },
  };
}
