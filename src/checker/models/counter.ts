import { unreachable } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { meaningless, means, type Model } from '../model.ts';

/** Steps of a counter. */
export type CounterStep =
  | { readonly f: 'add'; readonly by: number }
  /** An `add-and-get`, and what it answered. */
  | { readonly f: 'add-to'; readonly by: number; readonly sum: number }
  | { readonly f: 'read'; readonly sum: number };

/**
 * A counter: `add` a whole number (1 where there is none, and below zero too), `read` the sum, `add-and-get` both. Zero
 * at first.
 */
export const counter: Model<number, CounterStep> = {
  name: 'counter',
  initial: () => 0,
  decode({ f, input, outcome }) {
    switch (f) {
      case 'add':
      case 'add-and-get': {
        const by = input === null ? 1 : wholeIn(input);
        if (by === undefined) return NO_NUMBER;
        if (outcome.type === 'fail') return means();
        if (f === 'add' || outcome.type === 'unknown') {
          return means({ part: '', step: { f: 'add', by }, reads: by === 0 });
        }
        const sum = wholeIn(outcome.value);
        return sum === undefined ? NO_NUMBER : means({ part: '', step: { f: 'add-to', by, sum }, reads: by === 0 });
      }
      case 'read': {
        if (outcome.type !== 'ok') return means();
        const sum = outcome.value === null ? 0 : wholeIn(outcome.value);
        return sum === undefined ? NO_NUMBER : means({ part: '', step: { f, sum }, reads: true });
      }
      default:
        return meaningless(`a counter knows no ${JSON.stringify(f)}: add, add-and-get or read was expected`);
    }
  },
  apply(state, step) {
    switch (step.f) {
      case 'add':
        return state + step.by;
      case 'add-to':
        return state + step.by === step.sum ? step.sum : undefined;
      case 'read':
        return state === step.sum ? state : undefined;
      default:
        return unreachable(step);
    }
  },
  keyOf: String,
  show: String,
};

const NO_NUMBER = meaningless('a counter counts in whole numbers');

function wholeIn(value: Json): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
