import { dataVoters, hasQuorum } from '../../protocol/configuration.ts';
import type { GroupName } from '../../protocol/app.ts';
import { configurationOfLog, placeAt } from '../../protocol/log.ts';
import { hasDurably } from '../disk.ts';
import type { Bench, Judge } from './judge.ts';

/**
 * What a primary counts is on disks, not in memories: what it calls safe is durable at a quorum of votes, what it makes
 * visible is durable at every data voter of its configuration, too (under `majority`: at a quorum). Otherwise the one
 * server that survives may lack what was acknowledged (PROTOCOL §4.4; Kafka KIP-497, maximal in-sync set).
 */
export function durableCommit(bench: Bench): Judge {
  const lacking = (group: GroupName, index: number, hash: number, nodes: readonly string[]): readonly string[] =>
    nodes.filter((node) => {
      const disk = bench.diskOf(node, group);
      return disk === undefined || !hasDurably(disk, index, hash);
    });
  return {
    name: 'durable-commit',
    source: 'PROTOCOL §4.4',
    stepped({ node, group, before, after }) {
      const { tenure, log, commit } = after;
      if (tenure === undefined) return undefined;
      const configuration = configurationOfLog(log);

      const safe = placeAt(log, tenure.raftCommit);
      if (safe !== undefined && tenure.raftCommit > (before?.tenure?.raftCommit ?? before?.commit ?? 0)) {
        const held = (voter: { nodeId: string }): boolean =>
          lacking(group, safe.index, safe.hash, [voter.nodeId]).length === 0;
        if (!hasQuorum(configuration, held)) {
          return `${node} counts entry ${safe.index} of ${group} as safe, and it is not on the disks of a quorum`;
        }
      }

      const visible = placeAt(log, commit);
      if (visible !== undefined && commit > (before?.commit ?? 0) && bench.settings.acknowledge === 'in-sync') {
        const voters = dataVoters(configuration).map((member) => member.nodeId);
        const missing = lacking(group, commit, visible.hash, voters);
        if (missing.length > 0) {
          return `${node} made entry ${commit} of ${group} visible, and the disk of ${missing.join(', ')} lacks it`;
        }
      }
      return undefined;
    },
  };
}
