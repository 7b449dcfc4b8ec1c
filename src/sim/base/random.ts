import { below, hashText, mix } from '../../protocol/model/hash.ts';

/**
 * A named random stream. Its value at a place depends on the seed, its name and the place, not on earlier draws:
 * removing a step from a plan leaves all other draws as they were.
 */
export type Stream = number;

export function streamOf(seed: number, name: string): Stream {
  return hashText(name, seed);
}

/** A whole number from 0 up to (not including) `bound`, at `place` of the stream. */
export function drawAt(stream: Stream, place: number, bound: number): number {
  return below(mix(stream, place), bound);
}

/** Whether an event with probability `perMille` / 1000 happens at `place`. */
export function happensAt(stream: Stream, place: number, perMille: number): boolean {
  return perMille > 0 && drawAt(stream, place, 1_000) < perMille;
}

/** A member of `values`; `otherwise` for an empty list. */
export function choose<Value>(values: readonly Value[], draw: number, otherwise: Value): Value {
  return values[draw % Math.max(1, values.length)] ?? otherwise;
}

/** Sequential draws, for what is made once and in order, such as a plan. */
export interface Dice {
  /** A whole number from 0 up to (not including) `bound`. */
  below(bound: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True `perMille` times in a thousand. */
  chance(perMille: number): boolean;
  pick<Value>(first: Value, ...rest: readonly Value[]): Value;
}

export function diceOf(stream: Stream): Dice {
  let place = 0;
  const next = (bound: number): number => {
    place += 1;
    return drawAt(stream, place, bound);
  };
  return {
    below: next,
    between: (low, high) => low + next(high - low + 1),
    chance: (perMille) => next(1_000) < perMille,
    pick: (first, ...rest) => choose([first, ...rest], next(rest.length + 1), first),
  };
}
