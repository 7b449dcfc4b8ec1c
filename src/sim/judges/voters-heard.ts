import { hasQuorum } from '../../protocol/model/configuration.ts';
import type { Evidence, Judge } from './judge.ts';
import { movedVote } from './moved-vote.ts';

/**
 * A primary moves a vote only if it hears a quorum of the configuration that it makes, without those it suspects: that
 * one counts at once, and could otherwise never be safe (PROTOCOL §5.4). What it hears and suspects is its own memory.
 */
export function votersHeard({ settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>): Judge {
  return {
    name: 'voters-heard',
    source: 'PROTOCOL §5.4',
    stepped({ node, group, before, after }) {
      const { leading, election } = after;
      if (leading?.progress === undefined) return undefined;
      const moved = movedVote({ before, after });
      if (moved === undefined) return undefined;
      const now = millisOf(node);
      const isHeard = (peer: string): boolean => {
        const heardAt = leading.progress?.[peer]?.heardAt ?? -Infinity;
        return now - heardAt <= settings.suspectAfter && election?.suspected.includes(peer) !== true;
      };
      if (hasQuorum(moved.configuration, ({ nodeId }) => nodeId === node || isHeard(nodeId))) return undefined;
      return `${node} moves a vote of ${group} in entry ${moved.index}, and hears no quorum of those it does not suspect`;
    },
  };
}
