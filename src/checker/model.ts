import type { Decoded } from '../protocol/app.ts';
import type { Json } from '../protocol/json.ts';
import type { Operation } from './operation.ts';

/**
 * A sequential specification: what one client alone would see. The checker asks whether many clients at once saw nothing
 * else. `State` is never changed in place; everything is pure.
 */
export interface Model<State = unknown, Step extends Json = Json> {
  readonly name: string;
  /** The operations it knows, by `f`, each with an example of its values; for messages and documentation. */
  readonly operations: Readonly<Record<string, string>>;
  readonly initial: State;
  /** An operation as what it does to the state, or why it means nothing here. */
  decode(operation: Operation): Decoded<Meaning<Step>>;
  /** The state after `step`, or undefined where `step` cannot be what happened in `state`. */
  apply(state: State, step: Step): State | undefined;
  /** Text that is equal exactly for equal states. */
  keyOf(state: State): string;
  /** The state for people, on a line. */
  show(state: State): string;
  /**
   * Names the part of the object that an operation is about. Only sound where no operation is ever about two parts at
   * once (Herlihy and Wing 1990 §3.1, locality). Without it an object is searched as a whole.
   */
  partition?(operation: Operation): string;
}

/** What an operation comes to for the checker. Equal steps are interchangeable. */
export type Meaning<Step> =
  /**
   * `reads`: in no state does the step change anything. Such a step may be placed wherever it fits first; saying so of
   * one that does change something makes verdicts wrong.
   */
  | { readonly type: 'step'; readonly step: Step; readonly reads: boolean }
  /** It had no effect and says nothing of the state, such as a write that failed or a read without an answer. */
  | { readonly type: 'nothing' };

export function means<Step extends Json>(step: Step, reads = false): Decoded<Meaning<Step>> {
  return { type: 'decoded', value: { type: 'step', step, reads } };
}

export function meansNothing(): Decoded<{ readonly type: 'nothing' }> {
  return { type: 'decoded', value: { type: 'nothing' } };
}

export function meaningless(reason: string): { readonly type: 'rejected'; readonly reason: string } {
  return { type: 'rejected', reason };
}
