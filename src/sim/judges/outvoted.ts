import { hasQuorum, voterOf } from '../../protocol/model/configuration.ts';
import { compareLogEnds } from '../../protocol/model/epoch.ts';
import { placeAt } from '../../protocol/model/log.ts';
import { durableConfiguration, durableEnd, hasDurably } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A committed entry outvotes every log without it. When a primary counts up to an entry, no data server whose disk
 * lacks that entry could win an election from then on: the voters whose logs are no newer than its own have no more
 * than half of the votes in its own configuration. Leader completeness rests on this, so a wrong count is caught when
 * it is made, not at some later election (Raft §5.4.2, Figure 8).
 */
export function outvoted(
  evidence: Pick<Evidence, 'diskOf' | 'diskIdOf' | 'firstConfiguration' | 'replicaNodes'>,
): Judge {
  return {
    name: 'outvoted',
    source: 'Raft §5.4.2',
    stepped({ node, group, before, after }) {
      const { leading, log } = after;
      if (leading === undefined || leading.raftCommit <= (before?.leading?.raftCommit ?? before?.commit ?? 0)) {
        return undefined;
      }
      const counted = placeAt(log, leading.raftCommit);
      if (counted === undefined) return undefined;
      const first = evidence.firstConfiguration(group);
      for (const rival of evidence.replicaNodes(group)) {
        const disk = evidence.diskOf(rival, group);
        if (disk === undefined || hasDurably(disk, counted.index, counted.hash)) continue;
        const configuration = durableConfiguration(disk, first);
        const candidate = voterOf(configuration, rival);
        if (candidate?.kind !== 'data' || candidate.diskId !== evidence.diskIdOf(rival)) continue;
        const end = durableEnd(disk);
        const couldWin = hasQuorum(configuration, ({ nodeId, diskId }) => {
          const voter = evidence.diskOf(nodeId, group, diskId);
          return voter !== undefined && compareLogEnds(durableEnd(voter), end) <= 0;
        });
        if (couldWin) {
          return (
            `${node} counts entry ${counted.index} of ${group} as committed, ` +
            `and ${rival}, whose disk lacks it, could still be elected`
          );
        }
      }
      return undefined;
    },
  };
}
