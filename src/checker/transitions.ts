import type { Json } from '../protocol/model/json.ts';
import type { Model } from './model.ts';

/** A model with its states and steps as small numbers, for the search. State 0 is the initial one. */
export interface Transitions {
  /** The state after a step, or -1 if the step is impossible. */
  after(state: number, step: number): number;
  /** `Model.ahead`, -1 where it is undefined; absent for a model without it. */
  readonly ahead: ((state: number, steps: readonly number[], reads: readonly number[]) => number) | undefined;
  /** Whether a state was left out because there are too many: an impossible step may then have been possible. */
  readonly isFull: boolean;
  show(state: number): string;
}

/** The bounds of what is kept of a part: states, UTF-16 units of their keys, and remembered steps. */
const STATES_AT_MOST = 1 << 21;
const TEXT_AT_MOST = 1 << 26;
const REMEMBERED_AT_MOST = 1 << 22;

/**
 * The transitions of a part of `model` by `steps`. Each is mostly asked of the model once, and equal states get the
 * same number.
 */
export function transitionsOf<State, Step extends Json>(
  model: Model<State, Step>,
  part: string,
  steps: readonly Step[],
): Transitions {
  const initial = model.initial(part);
  const states: State[] = [initial];
  const numbers = new Map<string, number>([[model.keyOf(initial), 0]]);
  const memory = createMemory();
  let text = 0;
  let isFull = false;

  function compute(state: number, step: number): number {
    const from = states[state];
    const by = steps[step];
    if (from === undefined || by === undefined) return -1;
    const next = model.apply(from, by);
    return next === from ? state : numberOf(next);
  }

  function ahead(state: number, others: readonly number[], reads: readonly number[]): number {
    const from = states[state];
    if (from === undefined) return state;
    const next = model.ahead?.(from, pick(others), pick(reads));
    return next === from ? state : numberOf(next);
  }

  function pick(chosen: readonly number[]): readonly Step[] {
    return chosen.flatMap((number) => {
      const step = steps[number];
      return step === undefined ? [] : [step];
    });
  }

  function numberOf(next: State | undefined): number {
    if (next === undefined) return -1;
    const key = model.keyOf(next);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    text += key.length;
    if (states.length >= STATES_AT_MOST || text > TEXT_AT_MOST) {
      isFull = true;
      return -1;
    }
    numbers.set(key, states.length);
    states.push(next);
    return states.length - 1;
  }

  return {
    after(state, step) {
      const known = memory.get(state, step);
      if (known !== UNKNOWN) return known;
      const next = compute(state, step);
      if (memory.size < REMEMBERED_AT_MOST) memory.set(state, step, next);
      return next;
    },
    ahead: model.ahead === undefined ? undefined : ahead,
    get isFull() {
      return isFull;
    },
    show: (state) => {
      const shown = states[state];
      return shown === undefined ? '' : model.show(shown);
    },
  };
}

const UNKNOWN = -2;

interface Memory {
  get(state: number, step: number): number;
  /** For a pair that is not in it. */
  set(state: number, step: number, next: number): void;
  readonly size: number;
}

/** What pairs of numbers lead to: a table with open addressing, three cells a pair, the first plus one. */
function createMemory(): Memory {
  let cells = new Int32Array(3 * 1024);
  let mask = 1023;
  let size = 0;

  function find(state: number, step: number): number {
    let hash = Math.imul(state, 0x9e3779b1) ^ Math.imul(step + 1, 0x85ebca6b);
    hash ^= hash >>> 15;
    let place = (hash & mask) * 3;
    while (cells[place] !== 0 && (cells[place] !== state + 1 || cells[place + 1] !== step)) {
      place = place + 3 < cells.length ? place + 3 : 0;
    }
    return place;
  }

  function put(state: number, step: number, next: number): void {
    const place = find(state, step);
    cells[place] = state + 1;
    cells[place + 1] = step;
    cells[place + 2] = next;
  }

  return {
    get(state, step) {
      const place = find(state, step);
      return cells[place] === 0 ? UNKNOWN : (cells[place + 2] ?? UNKNOWN);
    },
    set(state, step, next) {
      put(state, step, next);
      size += 1;
      if (size * 2 <= mask) return;
      const old = cells;
      cells = new Int32Array(old.length * 2);
      mask = mask * 2 + 1;
      for (let place = 0; place < old.length; place += 3) {
        if (old[place] !== 0) put((old[place] ?? 0) - 1, old[place + 1] ?? 0, old[place + 2] ?? 0);
      }
    },
    get size() {
      return size;
    },
  };
}
