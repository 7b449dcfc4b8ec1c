import type { Epoch } from './epoch.ts';
import type { Json } from './json.ts';

/** A group of replicas that keep one log, such as `events` or `users`. */
export type GroupName = string;

/** What a command or a query comes to. A refusal is a result like any other: it is logged, stored and repeated. */
export type Outcome =
  { readonly type: 'accepted'; readonly value: Json } | { readonly type: 'refused'; readonly reason: string };

export function accepted(value: Json = null): Outcome {
  return { type: 'accepted', value };
}

export function refused(reason: string): Outcome {
  return { type: 'refused', reason };
}

/** What `apply` may know besides state and command: all of it is in the entry, so every replica computes the same. */
export interface EntryContext {
  readonly index: number;
  readonly epoch: Epoch;
  readonly lamport: number;
  /** Unix time in milliseconds as the primary stamped it; never goes back. */
  readonly wall: number;
  readonly uuid: string;
}

/** A command for another group that is carried out exactly once because this group's log says so (PROTOCOL §8). */
export interface Call {
  readonly group: GroupName;
  readonly command: Json;
}

/** The next state, and either the outcome or a call whose outcome decides it (then `resume` runs). */
export type Step<State> =
  { readonly state: State; readonly outcome: Outcome } | { readonly state: State; readonly call: Call };

export type Decoded<Value> =
  { readonly type: 'decoded'; readonly value: Value } | { readonly type: 'rejected'; readonly reason: string };

/** A property of the state that must hold after every entry; `broken` says how it does not, or nothing. */
export interface AppInvariant<State> {
  readonly name: string;
  broken(state: State): string | undefined;
}

/**
 * A replicated state machine: one group. `State` is plain JSON or persistent values (immutable's List and Map) of plain
 * JSON; it is never changed in place. `apply`, `resume` and `read` are pure and total: they know no clock and no chance.
 */
export interface App<State = unknown, Command extends Json = Json, Query extends Json = Json> {
  readonly name: GroupName;
  readonly initial: State;
  /** Bytes of a stranger to a command, or why not. */
  decode(value: unknown): Decoded<Command>;
  apply(state: State, command: Command, context: EntryContext): Step<State>;
  /** What `command` comes to, now that the call it made has an outcome: confirm, or undo what was reserved. */
  resume?(state: State, command: Command, outcome: Outcome, context: EntryContext): Step<State>;
  decodeQuery(value: unknown): Decoded<Query>;
  read(state: State, query: Query): Outcome;
  /**
   * The cache keys (see `Plan`) whose answers `command` may change, at once or once its call has an outcome. From the
   * command alone, so that the committed log itself says what was invalidated. Needed by a group whose reads are cached.
   */
  invalidates?(command: Command): readonly string[];
  readonly invariants: readonly AppInvariant<State>[];
}
