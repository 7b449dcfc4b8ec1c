import type { Epoch } from './epoch.ts';
import type { Json } from './json.ts';

/** A group of replicas that keep one log, such as `events` or `users`. */
export type GroupName = string;

/**
 * The outcome of a command or query. A refusal is a result like any other: logged, stored and repeated. So is a failure:
 * the code of the service threw, or made what is no JSON, and the state is as it was. `errorId` names the log line that
 * tells why; the client is answered 500 with it.
 */
export type Outcome =
  | { readonly type: 'accepted'; readonly value: Json }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'failed'; readonly reason: string; readonly errorId: string };

/** An outcome that a service decides itself. A route sees no other: a front end answers 500 to a failure. */
export type Decided = Exclude<Outcome, { readonly type: 'failed' }>;

export function accepted(value: Json = null): Decided {
  return { type: 'accepted', value };
}

export function refused(reason: string): Decided {
  return { type: 'refused', reason };
}

/** A failure: a mistake in the service. Made by the cluster alone; a service passes on that of its call. */
export function failed(errorId: string): Exclude<Outcome, Decided> {
  return { type: 'failed', reason: reasonOfFailure(errorId), errorId };
}

export function reasonOfFailure(errorId: string): string {
  return `the service failed: the logs of the servers explain error ${errorId}`;
}

/**
 * The answer of a query that lists: rows by their place, from 0, each made when it is asked for. A list of any length is
 * read in pages (PROTOCOL §6.5).
 */
export interface Listed {
  readonly type: 'listed';
  readonly size: number;
  row(place: number): Json;
}

/**
 * The context of `apply`, besides state and command. All of it comes from the entry, so every replica computes the
 * same.
 */
export interface EntryContext {
  readonly index: number;
  readonly epoch: Epoch;
  readonly lamport: number;
  /** Unix time in milliseconds, as the primary stamped it; never falls. */
  readonly wall: number;
  readonly uuid: string;
}

/** A command for another group, carried out exactly once because this group's log contains it (PROTOCOL §8). */
export interface Call<Group extends GroupName = GroupName> {
  readonly group: Group;
  readonly command: Json;
}

/** The next state, with the outcome or with a call whose outcome decides it (then `resume` runs). */
export type Step<State, Group extends GroupName = GroupName> =
  { readonly state: State; readonly outcome: Outcome } | { readonly state: State; readonly call: Call<Group> };

export type Decoded<Value> =
  { readonly type: 'decoded'; readonly value: Value } | { readonly type: 'rejected'; readonly reason: string };

/** An invariant of the state after every entry. `broken` returns how it is violated; undefined when it holds. */
export interface AppInvariant<State> {
  readonly name: string;
  broken(state: State): string | undefined;
}

/**
 * A replicated state machine: one group. `State` is plain JSON, or immutable's List and Map of plain JSON, and never
 * changed in place. `apply`, `resume` and `read` are pure: they read no clock and draw no random number. One that throws
 * fails its command or query alone (PROTOCOL §7.9).
 */
export interface App<State = unknown, Command extends Json = Json, Query extends Json = Json> {
  readonly name: GroupName;
  /** The version of commands and state; 1 where it is left out. Raised when what a command does, or the state, changes. */
  readonly version?: number;
  /** The code of the version before, for as long as a log has entries of it (PROTOCOL §11). */
  readonly previous?: App;
  /** The state of this version, made from one of the version before; left out where both are alike. */
  migrate?(state: unknown): State;
  readonly initial: State;
  /** Untrusted JSON as a command, or the reason why not. */
  decode(value: unknown): Decoded<Command>;
  apply(state: State, command: Command, context: EntryContext): Step<State>;
  /** The outcome of `command` once its call has one: confirm, or undo what was reserved. */
  resume?(state: State, command: Command, outcome: Outcome, context: EntryContext): Step<State>;
  decodeQuery(value: unknown): Decoded<Query>;
  read(state: State, query: Query): Outcome;
  /** The same answer, where it is a list its rows unmade: for pages. Without it no answer is read in pages. */
  answer?(state: State, query: Query): Outcome | Listed;
  /**
   * The cache keys (see `RoutePlan`) whose answers `command` may change, at once or when its call is settled. It depends on
   * the command alone, so the committed log tells what was invalidated. Required in a group whose reads are cached.
   */
  invalidates?(command: Command): readonly string[];
  /** Types of commands that make the state no larger: they are taken while room is short. */
  readonly shrinks?: readonly string[];
  readonly invariants: readonly AppInvariant<State>[];
}
