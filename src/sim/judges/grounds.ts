import type { GroupName } from '../../protocol/model/app.ts';
import { hasQuorum } from '../../protocol/model/configuration.ts';
import type { LogBase } from '../../protocol/model/entry.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Evidence, Judge } from './judge.ts';
import { movedVote } from './moved-vote.ts';

/**
 * Which votes were moved on no grounds: no quorum of the configuration that was made had reached the primary within
 * `suspectAfter`, or half the silence of one that lost its vote, those aside that a hint had called dead since (PROTOCOL
 * §5.4). It rests on what reached the process,
 * not on what its replica remembers of that. Changed in place.
 */
export interface Grounds {
  /** Observes what the judges observe; fails no run. */
  readonly observer: Judge;
  /** `node` is given the hint that `of` is dead. */
  hinted(node: NodeId, of: NodeId): void;
  /** Whether any vote of the group was moved on none. */
  lackSome(group: GroupName): boolean;
  /** Whether that entry of the group moved one on none. */
  lack(group: GroupName, entry: Pick<LogBase, 'index' | 'hash'>): boolean;
}

export function createGrounds({ settings, millisOf }: Pick<Evidence, 'settings' | 'millisOf'>): Grounds {
  const reached = new Map<string, number>();
  const groundless = new Map<GroupName, Set<string>>();
  return {
    observer: {
      name: 'grounds',
      source: 'PROTOCOL §5.4',
      received({ from, to }) {
        reached.set(`${to.node} ${from.node}`, millisOf(to.node));
      },
      stepped({ node, group, before, after }) {
        const now = millisOf(node);
        const moved = movedVote({ before, after }, settings, now);
        if (moved === undefined) return undefined;
        const within = Math.min(moved.within, settings.quorumWithin);
        const hasReached = (peer: NodeId): boolean => now - (reached.get(`${node} ${peer}`) ?? -Infinity) <= within;
        if (hasQuorum(moved.configuration, ({ nodeId }) => nodeId === node || hasReached(nodeId))) return undefined;
        groundless.set(group, (groundless.get(group) ?? new Set()).add(nameOf(moved)));
        return undefined;
      },
    },
    hinted(node, of) {
      reached.delete(`${node} ${of}`);
    },
    lackSome: (group) => groundless.has(group),
    lack: (group, entry) => groundless.get(group)?.has(nameOf(entry)) === true,
  };
}

function nameOf({ index, hash }: Pick<LogBase, 'index' | 'hash'>): string {
  return `${index} ${hash}`;
}
