import { showEpoch } from '../../protocol/model/epoch.ts';
import type { Judge } from './judge.ts';

/**
 * Election safety: one primary per epoch, over all restarts. An epoch that was won is never won again, not even by the
 * same node in another life, which would give the same numbers to other entries (Raft §5.2; PROTOCOL §3.4).
 */
export function electionSafety(): Judge {
  const winners = new Map<string, { readonly who: string; readonly life: string }>();
  return {
    name: 'election-safety',
    source: 'Raft §5.2',
    stepped({ node, group, before, after }) {
      const { leading } = after;
      if (leading === undefined || before?.leading?.epoch === leading.epoch) return undefined;
      const key = `${group} ${showEpoch(leading.epoch)}`;
      const life = `${node}, life ${after.incarnation}`;
      // Lives are counted by disk, and a name may move to another disk.
      const who = `${after.identity?.diskId ?? node} ${after.incarnation}`;
      const winner = winners.get(key);
      winners.set(key, { who, life });
      return winner === undefined || winner.who === who
        ? undefined
        : `epoch ${showEpoch(leading.epoch)} of ${group} was won by ${winner.life} and by ${life}`;
    },
  };
}
