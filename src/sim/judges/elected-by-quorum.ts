import { hasQuorum, voterOf } from '../../protocol/model/configuration.ts';
import { compareEpochs, showEpoch } from '../../protocol/model/epoch.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A new primary has durable promises of more than half of the votes in its configuration: the disks of a quorum know
 * its epoch, or a newer one. A promise of a disk that the configuration does not name does not count. The primary is a
 * data voter there itself: a learner or a witness would be a primary without successors (Raft §5.2; PROTOCOL §3.6).
 */
export function electedByQuorum(evidence: Pick<Evidence, 'diskOf'>): Judge {
  return {
    name: 'elected-by-quorum',
    source: 'Raft §5.2',
    stepped({ node, group, before, after }) {
      const { leading } = after;
      if (leading === undefined || before?.leading?.epoch === leading.epoch) return undefined;
      const configuration = configurationOfLog(after.log);
      if (voterOf(configuration, node)?.kind !== 'data') {
        return `${node} is primary of ${group} in epoch ${showEpoch(leading.epoch)} and no data voter of its configuration`;
      }
      const promised = hasQuorum(configuration, (member) => {
        const disk = evidence.diskOf(member.nodeId, group, member.diskId);
        return disk !== undefined && compareEpochs(disk.promised, leading.epoch) >= 0;
      });
      return promised
        ? undefined
        : `${node} is primary of ${group} in epoch ${showEpoch(leading.epoch)} without the durable promises of a quorum`;
    },
  };
}
