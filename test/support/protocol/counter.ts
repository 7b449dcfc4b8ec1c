import { accepted, type App, type Decoded, refused, type Step } from '../../../src/protocol/model/app.ts';
import type { Json } from '../../../src/protocol/model/json.ts';

// A counter that may never fall below zero, and that can pay into another group: the smallest app with a refusal, and
// with a call that is confirmed or compensated.

export interface Counter {
  readonly total: number;
  /** Taken from the total for calls that have no outcome yet. */
  readonly reserved: number;
}

export type CounterCommand =
  | { readonly type: 'add'; readonly by: number }
  /** Takes from the total and pays it into the other group; what that refuses is put back. */
  | { readonly type: 'pay'; readonly by: number };

export const COUNTER = 'counter';
export const BANK = 'bank';

export const counter: App<Counter, CounterCommand> = {
  name: COUNTER,
  initial: { total: 0, reserved: 0 },
  decode(value): Decoded<CounterCommand> {
    if (!isRecord(value) || typeof value['by'] !== 'number') return { type: 'rejected', reason: 'by is a number' };
    const { type, by } = value;
    if (type === 'add' || type === 'pay') return { type: 'decoded', value: { type, by } };
    return { type: 'rejected', reason: 'type is add or pay' };
  },
  apply(state, { type, by }): Step<Counter> {
    if (type === 'pay') {
      if (state.total < by) return { state, outcome: refused('too little') };
      const { total, reserved } = state;
      return {
        state: { total: total - by, reserved: reserved + by },
        call: { group: BANK, command: { type: 'add', by } },
      };
    }
    const total = state.total + by;
    return total < 0
      ? { state, outcome: refused('below zero') }
      : { state: { ...state, total }, outcome: accepted(total) };
  },
  resume(state, { by }, outcome): Step<Counter> {
    const reserved = state.reserved - by;
    return outcome.type === 'accepted'
      ? { state: { ...state, reserved }, outcome: accepted(state.total) }
      : { state: { total: state.total + by, reserved }, outcome };
  },
  decodeQuery: (value): Decoded<Json> =>
    value === 'total' ? { type: 'decoded', value } : { type: 'rejected', reason: 'ask for the total' },
  read: ({ total }) => accepted(total),
  invariants: [{ name: 'never below zero', broken: ({ total }) => (total < 0 ? `total is ${total}` : undefined) }],
};

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
