import { compareEpochs, showEpoch } from '../../protocol/model/epoch.ts';
import { lastIndex, placeAt } from '../../protocol/model/log.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Leader completeness: a new primary's log has every entry that was committed in an older epoch (Raft §5.4.3). A
 * candidate that wins late may lack entries of newer epochs: it will never commit anything itself.
 */
export function leaderCompleteness(evidence: Evidence): Judge {
  return {
    name: 'leader-completeness',
    source: 'Raft §5.4.3',
    stepped({ node, group, before, after }) {
      const { leading } = after;
      if (leading === undefined || before?.leading?.epoch === leading.epoch) return undefined;
      const record = evidence.record.group(group);
      for (let index = record.last; index > after.log.base.index; index -= 1) {
        const committedIn = record.committedIn(index);
        if (committedIn === undefined || compareEpochs(committedIn, leading.epoch) >= 0) continue;
        if (placeAt(after.log, index)?.hash === record.entryAt(index)?.hash) return undefined;
        return (
          `${node} became primary of ${group} in epoch ${showEpoch(leading.epoch)} with a log that ends at ` +
          `${lastIndex(after.log)} and lacks entry ${index}, committed in epoch ${showEpoch(committedIn)}`
        );
      }
      return undefined;
    },
  };
}
