import { unreachable } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { canonical, isArray } from '../canonical.ts';
import { meaningless, means, type Model } from '../model.ts';
import { isMadeOf } from './made-of.ts';

/** Steps of a list: elements as canonical texts, each with a comma behind it. */
export type AppendStep =
  { readonly f: 'append'; readonly value: string } | { readonly f: 'read'; readonly value: string };

/** A list, as Jepsen's append workloads use one: `append` an element of any JSON, `read` the whole; empty at first. */
export const append: Model<string, AppendStep> = {
  name: 'append',
  initial: () => '',
  decode({ f, input, outcome }) {
    switch (f) {
      case 'append':
        return outcome.type === 'fail'
          ? means()
          : means({ part: '', step: { f, value: elementOf(input) }, reads: false });
      case 'read': {
        if (outcome.type !== 'ok') return means();
        const { value } = outcome;
        if (value !== null && (typeof value !== 'object' || !isArray(value))) return NO_LIST;
        return means({ part: '', step: { f, value: (value ?? []).map(elementOf).join('') }, reads: true });
      }
      default:
        return meaningless(`a list knows no ${JSON.stringify(f)}: append or read was expected`);
    }
  },
  apply(state, step) {
    switch (step.f) {
      case 'append':
        return state + step.value;
      case 'read':
        return state === step.value ? state : undefined;
      default:
        return unreachable(step);
    }
  },
  // A list only grows.
  ahead(state, steps, reads) {
    const appended = steps.map(({ value }) => value);
    const isPossible = reads.some(({ value }) => value.startsWith(state) && isMadeOf(value, state.length, appended));
    return isPossible ? state : undefined;
  },
  keyOf: (state) => state,
  show: (state) => `[${state.slice(0, -1)}]`,
};

const NO_LIST = meaningless('the value read is a list');

function elementOf(value: Json): string {
  return `${canonical(value)},`;
}
