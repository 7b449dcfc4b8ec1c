import { tail } from '../../protocol/model/log.ts';
import type { Judge } from './judge.ts';

/** The epoch counter of forged messages: no replica ever counts so far. */
export const FORGED_COUNTER = 2 ** 40;

/**
 * Nothing that a stranger says is taken: no replica promises, leads in or logs an epoch that only a forged message has
 * (PROTOCOL §2.6).
 */
export function strangers(): Judge {
  return {
    name: 'strangers',
    source: 'PROTOCOL §2.6',
    stepped({ node, group, after: { promised, log } }) {
      const { counter, nodeId } = promised.counter < FORGED_COUNTER ? tail(log).epoch : promised;
      return counter < FORGED_COUNTER
        ? undefined
        : `${node} takes epoch ${counter}.${nodeId} of ${group} from a stranger`;
    },
  };
}
