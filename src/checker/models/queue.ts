import { unreachable } from '../../protocol/model/assert.ts';
import { canonical } from '../canonical.ts';
import { meaningless, means, type Model } from '../model.ts';

/** Steps of a queue: elements as canonical texts. */
export type QueueStep =
  | { readonly f: 'enqueue'; readonly element: string }
  | { readonly f: 'dequeue'; readonly element: string }
  /** A dequeue that was told nothing: it takes what is first, if there is something. */
  | { readonly f: 'take' }
  | { readonly f: 'empty' };

/**
 * A first-in-first-out queue: `enqueue` an element of any JSON but null, `dequeue` the first one. A dequeue that is `ok`
 * with `null` found it empty. Empty at first.
 */
export const queue: Model<readonly string[], QueueStep> = {
  name: 'queue',
  initial: () => [],
  decode({ f, input, outcome }) {
    switch (f) {
      case 'enqueue':
        if (input === null) return meaningless('null cannot be enqueued: it stands for an empty queue');
        if (outcome.type === 'fail') return means();
        return means({ part: '', step: { f, element: canonical(input) }, reads: false });
      case 'dequeue':
        if (outcome.type === 'fail') return means();
        if (outcome.type === 'unknown') return means({ part: '', step: { f: 'take' }, reads: false });
        if (outcome.value === null) return means({ part: '', step: { f: 'empty' }, reads: true });
        return means({ part: '', step: { f, element: canonical(outcome.value) }, reads: false });
      default:
        return meaningless(`a queue knows no ${JSON.stringify(f)}: enqueue or dequeue was expected`);
    }
  },
  apply(state, step) {
    switch (step.f) {
      case 'enqueue':
        return [...state, step.element];
      case 'dequeue':
        return state[0] === step.element ? state.slice(1) : undefined;
      case 'take':
        return state.length === 0 ? state : state.slice(1);
      case 'empty':
        return state.length === 0 ? state : undefined;
      default:
        return unreachable(step);
    }
  },
  keyOf: (state) => state.join(','),
  show: (state) => `[${state.join(', ')}]`,
};
