import { tail } from '../../protocol/model/log.ts';
import type { Judge } from './judge.ts';

/** The epoch counter of forged messages, and one above all of them: elections count less, and members that lie more. */
export const FORGED_COUNTER = 2 ** 40;
const FORGED_BELOW = FORGED_COUNTER + 2 ** 20;

/**
 * Nothing that a stranger says is taken: no replica promises, leads in or logs an epoch that only a forged message has
 * (PROTOCOL §2.6).
 */
export function strangers(): Judge {
  return {
    name: 'strangers',
    source: 'PROTOCOL §2.6',
    stepped({ node, group, after: { promised, log } }) {
      const taken = [promised, tail(log).epoch].find(
        ({ counter }) => counter >= FORGED_COUNTER && counter < FORGED_BELOW,
      );
      return taken === undefined
        ? undefined
        : `${node} takes epoch ${taken.counter}.${taken.nodeId} of ${group} from a stranger`;
    },
  };
}
