import type { Decoded } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Operation } from './operation.ts';

/**
 * A sequential specification: what one client alone would see. The checker asks whether concurrent clients saw nothing
 * else. `State` is never changed in place; everything is pure.
 *
 * An operation may be about several *parts*, such as two accounts of a transfer: each part is then checked separately.
 * A history whose parts are all explained need not be explained as a whole, so the result of such a model is that each
 * part is linearizable. With a single part, `''`, it is the whole.
 */
export interface Model<State = unknown, Step extends Json = Json> {
  readonly name: string;
  /** The initial state of a part. */
  initial(part: string): State;
  /** The steps of an operation, or the reason why the model does not know it. */
  decode(operation: Operation): Decoded<readonly Meaning<Step>[]>;
  /** The state after `step`, or undefined if `step` is impossible in `state`. */
  apply(state: State, step: Step): State | undefined;
  /**
   * May be left out, and serves speed only. A state that is as good as `state` for any order of `steps` up to the first
   * of `reads` (each at most as often as it is listed): every such order that is possible from the one is possible from
   * the other, and leads to the same state. Undefined if there is none. `state` itself is always right.
   */
  ahead?(state: State, steps: readonly Step[], reads: readonly Step[]): State | undefined;
  /** Text that is equal exactly for equal states of a part. */
  keyOf(state: State): string;
  /** The state for people, on a line. */
  show(state: State): string;
}

/**
 * The effect of an operation on a part; none at all for one without effect or information, such as a failed write. A
 * part that ends in `*` stands for every part of the history with that prefix: for an operation that may have created
 * any of them.
 */
export interface Meaning<Step> {
  readonly part: string;
  /** Equal steps have the same fields in the same order; operations with equal steps are interchangeable. */
  readonly step: Step;
  /**
   * Whether the step changes no state. Such a step is placed wherever it fits first; a wrong `true` makes verdicts
   * wrong.
   */
  readonly reads: boolean;
}

/** The effects of an operation: on one part, or on each of several. */
export function means<Step extends Json>(...meanings: readonly Meaning<Step>[]): Decoded<readonly Meaning<Step>[]> {
  return { type: 'decoded', value: meanings };
}

export function meaningless(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}

/** Whether an effect is on this part. */
export function isAbout(meaning: Meaning<unknown>, part: string): boolean {
  return meaning.part.endsWith('*') ? part.startsWith(meaning.part.slice(0, -1)) : part === meaning.part;
}
