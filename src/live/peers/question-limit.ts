import type { NodeId } from '../../protocol/model/epoch.ts';

/** Shortest time between two questions of a node, in milliseconds, and between the first two to the same peer. */
const ASK_EVERY = 2_000;

/** Longest time between two questions to the same peer, in milliseconds. */
const ASK_EVERY_AT_MOST = 60_000;

/** When a node may ask a peer why it is refused. Each question is a line of the peer's log. */
export interface QuestionLimit {
  /**
   * Whether `peer` may be asked at `now` (milliseconds), and takes it as asked. Between two questions to a peer that
   * refuses all the time passes twice as long as between the two before.
   */
  passes(peer: NodeId, now: number): boolean;
}

export function createQuestionLimit(): QuestionLimit {
  const asked = new Map<NodeId, { readonly at: number; readonly every: number }>();
  let askedAt = Number.NEGATIVE_INFINITY;
  return {
    passes(peer, now) {
      const last = asked.get(peer);
      if (now - askedAt < ASK_EVERY || (last !== undefined && now - last.at < last.every)) return false;
      const goesOn = last !== undefined && now - last.at <= 2 * ASK_EVERY_AT_MOST;
      asked.set(peer, { at: now, every: goesOn ? Math.min(2 * last.every, ASK_EVERY_AT_MOST) : ASK_EVERY });
      askedAt = now;
      return true;
    },
  };
}
