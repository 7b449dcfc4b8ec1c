import type { Json } from '../protocol/model/json.ts';
import type { Model } from './model.ts';

/** A model with its states and steps as small numbers, for the search. State 0 is the initial one. */
export interface Transitions {
  /** The state after a step, or -1 if the step is impossible. */
  after(state: number, step: number): number;
  show(state: number): string;
}

/** The greatest memo table, in cells: beyond it the model is asked again each time. */
const REMEMBERED_AT_MOST = 1 << 24;

/** In a row: not asked yet. Rows begin as zeros, so they hold the state plus two. */
const UNASKED = 0;

/**
 * The transitions of a part of `model` by `steps`. Each is asked of the model once, and equal states get the same
 * number.
 */
export function transitionsOf<State, Step extends Json>(
  model: Model<State, Step>,
  part: string,
  steps: readonly Step[],
): Transitions {
  const initial = model.initial(part);
  const states: State[] = [initial];
  const numbers = new Map<string, number>([[model.keyOf(initial), 0]]);
  const rows: (Int32Array | undefined)[] = [];

  function compute(state: number, step: number): number {
    const from = states[state];
    const by = steps[step];
    if (from === undefined || by === undefined) return -1;
    const next = model.apply(from, by);
    if (next === undefined) return -1;
    if (next === from) return state;
    const key = model.keyOf(next);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, states.length);
    states.push(next);
    return states.length - 1;
  }

  return {
    after(state, step) {
      const row = rows[state];
      const cell = row?.[step] ?? UNASKED;
      if (cell !== UNASKED) return cell - 2;
      const next = compute(state, step);
      if (row !== undefined) row[step] = next + 2;
      else if ((rows.length + 1) * steps.length <= REMEMBERED_AT_MOST) {
        const fresh = new Int32Array(steps.length);
        fresh[step] = next + 2;
        while (rows.length < state) rows.push(undefined);
        rows[state] = fresh;
      }
      return next;
    },
    show: (state) => {
      const shown = states[state];
      return shown === undefined ? '' : model.show(shown);
    },
  };
}
