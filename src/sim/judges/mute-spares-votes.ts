import { voterOf } from '../../protocol/model/configuration.ts';
import { configurationOfLog } from '../../protocol/model/log.ts';
import { lackedVersion } from '../../protocol/replica/ability.ts';
import { isLeaving } from '../../protocol/replica/lifecycle.ts';
import type { Evidence, Judge } from './judge.ts';
import { movedVote } from './moved-vote.ts';

/**
 * A primary that lacks the code of its log takes the vote of no data server but one that leaves: no write waits for it,
 * and the one that is silent may be the only one that could serve.
 */
export function muteSparesVotes(evidence: Pick<Evidence, 'codeAt' | 'settings' | 'millisOf'>): Judge {
  return {
    name: 'mute-spares-votes',
    source: 'PROTOCOL §11.5',
    stepped(step) {
      const { node, group, before, after } = step;
      const code = evidence.codeAt(node, group);
      const moved = movedVote(step, evidence.settings, evidence.millisOf(node));
      if (moved === undefined || before === undefined || code === undefined) return undefined;
      if (lackedVersion(code, before) === undefined || lackedVersion(code, after) === undefined) return undefined;
      const { services = [] } = after;
      const robbed = configurationOfLog(before.log).voters.find(
        (member) =>
          member.kind === 'data' &&
          voterOf(moved.configuration, member.nodeId) === undefined &&
          !isLeaving({ draft: { services } }, member),
      );
      if (robbed === undefined) return undefined;
      return `${group} at ${node} lacks the code of its log, and takes the vote of ${robbed.nodeId} by entry ${moved.index}`;
    },
  };
}
