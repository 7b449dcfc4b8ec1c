import { COUNTER_AT_MOST } from '../../protocol/model/counters.ts';
import type { Judge } from './judge.ts';

/**
 * No word of a neighbour brings a counter to the end of its range, where elections, stamps and starts would end for ever
 * (PROTOCOL §2.5).
 */
export function boundedCounters(): Judge {
  return {
    name: 'bounded-counters',
    source: 'PROTOCOL §2.5',
    stepped({ node, group, after }) {
      const { promised, lamport } = after;
      const epoch = Math.max(promised.counter, after.election?.counter ?? 0);
      if (epoch > COUNTER_AT_MOST) return `${node} takes ${epoch} for an epoch counter of ${group}`;
      if (lamport !== undefined && lamport > COUNTER_AT_MOST + STEPS_AT_MOST)
        return `${node} takes ${lamport} for a Lamport time of ${group}`;
      return undefined;
    },
  };
}

/** Steps of one that a run makes from there on. */
const STEPS_AT_MOST = 1_000_000;
