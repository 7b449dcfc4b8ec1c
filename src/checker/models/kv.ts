import type { Json } from '../../protocol/model/json.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { meaningless, means, type Model } from '../model.ts';
import { isMadeOf } from './made-of.ts';

/** A text that no read sees before it is put anew. */
const OVERWRITTEN = Symbol('overwritten');

/** The text, or that no read sees it as it is. */
export type KvState = string | typeof OVERWRITTEN;

/** Steps of a value of a key-value store. */
export type KvStep =
  | { readonly f: 'get'; readonly value: string }
  | { readonly f: 'put'; readonly value: string }
  | { readonly f: 'append'; readonly value: string };

/**
 * One key of a key-value store of texts, as Porcupine's histories record it: `get`, `put` and `append`, the empty text
 * at first; `null` is the empty text. A history of several keys has the field `key`.
 */
export const kv: Model<KvState, KvStep> = {
  name: 'kv',
  initial: () => '',
  decode({ f, input, outcome }) {
    switch (f) {
      case 'get': {
        if (outcome.type !== 'ok') return means();
        const value = textOf(outcome.value);
        return value === undefined ? NO_TEXT : means({ part: '', step: { f, value }, reads: true });
      }
      case 'put':
      case 'append': {
        const value = textOf(input);
        if (value === undefined) return NO_TEXT;
        return outcome.type === 'fail' ? means() : means({ part: '', step: { f, value }, reads: false });
      }
      default:
        return meaningless(`a key-value store knows no ${JSON.stringify(f)}: get, put or append was expected`);
    }
  },
  apply(state, step) {
    switch (step.f) {
      case 'get':
        return state === step.value ? state : undefined;
      case 'put':
        return step.value;
      case 'append':
        return state === OVERWRITTEN ? state : state + step.value;
      default:
        return unreachable(step);
    }
  },
  // A text grows until it is put anew. One that no read will see as it is does not matter until then.
  ahead(state, steps, reads) {
    const appended = steps.flatMap(({ f, value }) => (f === 'append' ? [value] : []));
    const isLeadingTo = (text: string): boolean =>
      reads.some(({ value }) => value.startsWith(text) && isMadeOf(value, text.length, appended));
    if (state !== OVERWRITTEN && isLeadingTo(state)) return state;
    return steps.some(({ f, value }) => f === 'put' && isLeadingTo(value)) ? OVERWRITTEN : undefined;
  },
  keyOf: (state) => (state === OVERWRITTEN ? '' : `=${state}`),
  show: (state) => (state === OVERWRITTEN ? 'anything' : JSON.stringify(state)),
};

const NO_TEXT = meaningless('the value of a get, put or append is a text');

function textOf(value: Json): string | undefined {
  return value === null ? '' : typeof value === 'string' ? value : undefined;
}
