import { unreachable } from '../../protocol/model/assert.ts';
import { canonical, isArray } from '../canonical.ts';
import { meaningless, means, type Model } from '../model.ts';

/** Steps of a set: elements as canonical texts, sets of them sorted. */
export type SetStep =
  | { readonly f: 'add' | 'remove'; readonly element: string }
  | { readonly f: 'read'; readonly elements: readonly string[] }
  | { readonly f: 'contains'; readonly element: string; readonly is: boolean };

/**
 * A set: `add` and `remove` an element of any JSON, `read` all of it as a list in any order, `contains` an element
 * (true or false). Empty at first.
 */
export const set: Model<readonly string[], SetStep> = {
  name: 'set',
  initial: () => [],
  decode({ f, input, outcome }) {
    switch (f) {
      case 'add':
      case 'remove':
        if (outcome.type === 'fail') return means();
        return means({ part: '', step: { f, element: canonical(input) }, reads: false });
      case 'read': {
        if (outcome.type !== 'ok') return means();
        const { value } = outcome;
        if (value !== null && (typeof value !== 'object' || !isArray(value))) return NO_LIST;
        const elements = [...new Set((value ?? []).map(canonical))].sort();
        return means({ part: '', step: { f, elements }, reads: true });
      }
      case 'contains':
        if (outcome.type !== 'ok') return means();
        if (typeof outcome.value !== 'boolean') return NO_BOOLEAN;
        return means({ part: '', step: { f, element: canonical(input), is: outcome.value }, reads: true });
      default:
        return meaningless(`a set knows no ${JSON.stringify(f)}: add, remove, read or contains was expected`);
    }
  },
  apply(state, step) {
    switch (step.f) {
      case 'add':
        return state.includes(step.element) ? state : [...state, step.element].sort();
      case 'remove':
        return state.includes(step.element) ? state.filter((element) => element !== step.element) : state;
      case 'read':
        return isSame(state, step.elements) ? state : undefined;
      case 'contains':
        return state.includes(step.element) === step.is ? state : undefined;
      default:
        return unreachable(step);
    }
  },
  keyOf: (state) => state.join(','),
  show: (state) => `{${state.join(', ')}}`,
};

const NO_LIST = meaningless('the value read is a list');
const NO_BOOLEAN = meaningless('whether it is contained is true or false');

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element, place) => element === b[place]);
}
