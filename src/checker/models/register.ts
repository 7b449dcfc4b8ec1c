import { unreachable } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { canonical, isArray } from '../canonical.ts';
import { type Meaning, meaningless, means, type Model } from '../model.ts';

/** Steps of a register: values are canonical text, so that equality is that of texts. */
export type RegisterStep =
  | { readonly f: 'read'; readonly value: string }
  | { readonly f: 'write'; readonly value: string }
  | { readonly f: 'swap'; readonly from: string; readonly to: string }
  /** A compare-and-set that found another value. */
  | { readonly f: 'refuse'; readonly from: string };

/**
 * A register: `read`, `write` and `cas`, initially `null`. Values are any JSON and compared by structure. A `cas`
 * without an outcome is one that succeeded at some time or never did: a refused one would have left no trace either.
 */
export const register: Model<string, RegisterStep> = {
  name: 'register',
  initial: () => 'null',
  decode({ f, input, outcome }) {
    switch (f) {
      case 'read':
        return outcome.type === 'ok' ? means(whole({ f: 'read', value: canonical(outcome.value) }, true)) : means();
      case 'write':
        return outcome.type === 'fail' ? means() : means(whole({ f: 'write', value: canonical(input) }, false));
      case 'cas':
        return isPair(input) ? means(swap(canonical(input[0]), canonical(input[1]), outcome.type)) : NO_PAIR;
      default:
        return meaningless(`a register knows no ${JSON.stringify(f)}: read, write or cas was expected`);
    }
  },
  apply(state, step) {
    switch (step.f) {
      case 'read':
        return state === step.value ? state : undefined;
      case 'write':
        return step.value;
      case 'swap':
        return state === step.from ? step.to : undefined;
      case 'refuse':
        return state === step.from ? undefined : state;
      default:
        return unreachable(step);
    }
  },
  keyOf: (state) => state,
  show: (state) => state,
};

const NO_PAIR = meaningless('the value of a cas is [from, to]');

function swap(from: string, to: string, outcome: 'ok' | 'fail' | 'unknown'): Meaning<RegisterStep> {
  return outcome === 'fail' ? whole({ f: 'refuse', from }, true) : whole({ f: 'swap', from, to }, from === to);
}

function whole(step: RegisterStep, reads: boolean): Meaning<RegisterStep> {
  return { part: '', step, reads };
}

function isPair(value: Json): value is readonly [Json, Json] {
  return value !== null && typeof value === 'object' && isArray(value) && value.length === 2;
}
