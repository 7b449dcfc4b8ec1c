import type { Decoded } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Operation } from './operation.ts';

/**
 * A sequential specification: what one client alone would see. The checker asks whether many clients at once saw nothing
 * else. `State` is never changed in place; everything is pure.
 *
 * An operation may be about several *parts*, such as the account that pays and the account that is paid: each
 * part is then checked by itself. A history in which every part is explained need not be explained as a whole, so a model
 * of several parts promises just that: each of them is linearizable. With a single part, `''`, it is everything.
 */
export interface Model<State = unknown, Step extends Json = Json> {
  readonly name: string;
  /** The state of a part before anything has happened. */
  initial(part: string): State;
  /** An operation as what it does, or why it means nothing here. */
  decode(operation: Operation): Decoded<readonly Meaning<Step>[]>;
  /** The state after `step`, or undefined where `step` cannot be what happened in `state`. */
  apply(state: State, step: Step): State | undefined;
  /** Text that is equal exactly for equal states of a part. */
  keyOf(state: State): string;
  /** The state for people, on a line. */
  show(state: State): string;
}

/**
 * What an operation does to a part; none at all where it had no effect and says nothing, such as a write that failed. A
 * part that ends in `*` stands for every part of the history that begins like it: what may have created any of them.
 */
export interface Meaning<Step> {
  readonly part: string;
  /** Equal steps have the same fields in the same order; operations with equal steps are interchangeable. */
  readonly step: Step;
  /**
   * The step changes nothing, in no state. Then it may be placed wherever it fits first; saying so of one that does
   * change something makes verdicts wrong.
   */
  readonly reads: boolean;
}

/** It does this, to one part or to each of several. */
export function means<Step extends Json>(...meanings: readonly Meaning<Step>[]): Decoded<readonly Meaning<Step>[]> {
  return { type: 'decoded', value: meanings };
}

export function meaningless(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}

/** Is what a meaning says said of this part? */
export function isAbout(meaning: Meaning<unknown>, part: string): boolean {
  return meaning.part.endsWith('*') ? part.startsWith(meaning.part.slice(0, -1)) : part === meaning.part;
}
