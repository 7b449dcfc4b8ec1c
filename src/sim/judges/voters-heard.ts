import { hasQuorum } from '../../protocol/model/configuration.ts';
import type { Evidence, Judge } from './judge.ts';
import { movedVote } from './moved-vote.ts';

/**
 * A primary moves a vote only if it hears a quorum of the configuration that it makes, without those it suspects, and
 * within half the silence of one that loses its vote: that configuration counts at once, and could otherwise never be safe
 * (PROTOCOL §5.4). What it hears and suspects is its own memory.
 */
export function votersHeard({ settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>): Judge {
  return {
    name: 'voters-heard',
    source: 'PROTOCOL §5.4',
    stepped({ node, group, before, after }) {
      const { leading, election } = after;
      if (leading?.progress === undefined) return undefined;
      const now = millisOf(node);
      const moved = movedVote({ before, after }, settings, now);
      if (moved === undefined) return undefined;
      const isHeard = (peer: string): boolean => {
        const heardAt = leading.progress?.[peer]?.heardAt ?? -Infinity;
        return now - heardAt <= moved.within && election?.suspected.includes(peer) !== true;
      };
      if (hasQuorum(moved.configuration, ({ nodeId }) => nodeId === node || isHeard(nodeId))) return undefined;
      return `${node} moves a vote of ${group} in entry ${moved.index}, and hears no quorum of those it does not suspect`;
    },
  };
}
