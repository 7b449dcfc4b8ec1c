import { hasQuorum } from '../../protocol/model/configuration.ts';
import { sameEpoch } from '../../protocol/model/epoch.ts';
import { configurationIndex, configurationOfLog, entryAt } from '../../protocol/model/log.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * A primary moves a vote only if it hears a quorum of the configuration that it makes, without those it suspects: that
 * one counts at once, and could otherwise never be safe (PROTOCOL §5.4). What it hears and suspects is its own memory.
 */
export function votersHeard({ settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>): Judge {
  return {
    name: 'voters-heard',
    source: 'PROTOCOL §5.4',
    stepped({ node, group, before, after }) {
      const { leading, log, election } = after;
      if (leading?.progress === undefined || before === undefined || before.log === log) return undefined;
      const index = configurationIndex(log);
      const epoch = entryAt(log, index)?.epoch;
      const isOwn = epoch !== undefined && sameEpoch(epoch, leading.epoch);
      if (!isOwn || index <= configurationIndex(before.log)) return undefined;
      const now = millisOf(node);
      const isHeard = (peer: string): boolean => {
        const heardAt = leading.progress?.[peer]?.heardAt ?? -Infinity;
        return now - heardAt <= settings.suspectAfter && election?.suspected.includes(peer) !== true;
      };
      const [from, to] = [configurationOfLog(before.log), configurationOfLog(log)];
      if (from.voters.length === to.voters.length && sumOf(from) === sumOf(to)) return undefined;
      if (hasQuorum(to, ({ nodeId }) => nodeId === node || isHeard(nodeId))) return undefined;
      return `${node} moves a vote of ${group} in entry ${index}, and hears no quorum of those it does not suspect`;
    },
  };
}

function sumOf({ voters }: { readonly voters: readonly { readonly votes: number }[] }): number {
  return voters.reduce((sum, { votes }) => sum + votes, 0);
}
