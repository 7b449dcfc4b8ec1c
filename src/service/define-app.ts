import { type Draft, produce } from 'immer';
import type * as z from 'zod';
import {
  accepted,
  type App,
  type AppInvariant,
  type Call,
  type Decoded,
  type EntryContext,
  type Listed,
  type Outcome,
  type Step,
} from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { wholeOf } from '../protocol/model/listed.ts';
import { isObject } from '../protocol/wire/decode.ts';
import { type AppSchemas, firstReason } from './schemas.ts';

/**
 * The definition of an app: see `App` for each part's contract. Commands and queries are told apart by their `type`.
 */
export interface AppDefinition<State, Command extends Json, Query extends Json> {
  readonly name: string;
  readonly initial: State;
  readonly commands: z.ZodType<Command>;
  readonly queries: z.ZodType<Query>;
  /**
   * Returns the next state, or is a `recipe` that changes a draft of it. A refusal changes nothing: the state returned
   * with it is dropped.
   */
  readonly apply: (state: State, command: Command, context: EntryContext) => Step<State>;
  /** Required in an app that makes calls. Its refusals do change the state: they give back what was reserved. */
  readonly resume?: (state: State, command: Command, outcome: Outcome, context: EntryContext) => Step<State>;
  /** A query that lists returns `asList(rows, show)`: a list of any length is read in pages. */
  readonly read: (state: State, query: Query) => Outcome | Listed;
  /** Required in an app whose reads are cached; see `App`. */
  readonly invalidates?: (command: Command) => readonly string[];
  /** @deprecated The name of `invalidates` in earlier builds; gone after 0.1.0. */
  readonly touches?: (command: Command) => readonly string[];
  /** Types of commands that only other groups call: they have no path of their own (`defaultRoutes`). */
  readonly internal?: readonly TypeOf<Command>[];
  /** Empty by default. */
  readonly invariants?: readonly AppInvariant<State>[];
}

type TypeOf<Command> = Command extends { readonly type: infer Type extends string } ? Type : never;

/** An app with the schemas it was made from. */
export type DefinedApp<State, Command extends Json, Query extends Json> = App<State, Command, Query> & {
  readonly schemas: AppSchemas;
};

/**
 * Defines an app, with schemas for its untrusted inputs. The result keeps its types. As a plain `App`, only `decode`
 * makes a `Command`.
 */
export function defineApp<State, Command extends Json, Query extends Json>(
  definition: AppDefinition<State, Command, Query>,
): DefinedApp<State, Command, Query> {
  const { name, initial, commands, queries, apply, resume, read, internal = [], invariants = [] } = definition;
  const invalidates = definition.invalidates ?? definition.touches;
  return {
    name,
    initial,
    decode: (value) => decodeWith(commands, value, 'command'),
    apply(state, command, context) {
      const step = apply(state, command, context);
      return 'outcome' in step && step.outcome.type === 'refused' ? { state, outcome: step.outcome } : step;
    },
    ...(resume === undefined ? {} : { resume }),
    decodeQuery: (value) => decodeWith(queries, value, 'query'),
    read: (state, query) => wholeOf(read(state, query)),
    answer: read,
    ...(invalidates === undefined ? {} : { invalidates }),
    invariants,
    schemas: { commands, queries, internal },
  };
}

/**
 * `apply` or `resume` for an app whose state is plain JSON. `decide` changes a draft of the state (immer) and returns
 * the outcome or a call, which may contain drafts. Its other arguments are those of `apply` or `resume`.
 * - As `apply`, a refusal drops all changes; as `resume`, it keeps them.
 * - For small states only: immer walks all it touches, whole arrays included. Records by the thousand belong in
 *   immutable's List or Map, changed without a recipe.
 */
export function recipe<State extends object, Given extends readonly unknown[]>(
  decide: (draft: Draft<NoInfer<State>>, ...given: Given) => Outcome | Call,
): (state: State, ...given: Given) => Step<State> {
  return (state, ...given) => {
    const decisions: (Outcome | Call)[] = [];
    const next = produce(state, (draft) => {
      const decided = decide(draft, ...given);
      assert(isDecision(decided), `a recipe returns accepted(…), refused(…) or a call: ${returned(decided, given)}`);
      decisions.push(copied(decided));
    });
    const [decided] = decisions;
    assert(decided !== undefined, 'a recipe is carried out once');
    return 'group' in decided ? { state: next, call: decided } : { state: next, outcome: decided };
  };
}

/** Whether `decided` has the declared type: a file that runs unchecked may return something else. */
function isDecision(decided: unknown): boolean {
  if (!isObject(decided)) return false;
  if (typeof decided['group'] === 'string') return decided['command'] !== undefined;
  return decided['type'] === 'accepted' ? decided['value'] !== undefined : decided['type'] === 'refused';
}

function returned(decided: unknown, [command]: readonly unknown[]): string {
  const asked = isObject(command) && typeof command['type'] === 'string' ? `for \`${command['type']}\` ` : '';
  if (decided === undefined) return `${asked}it returned nothing`;
  if (isObject(decided) && typeof decided['then'] === 'function') return `${asked}it returned a promise`;
  return `${asked}it returned ${JSON.stringify(decided) ?? typeof decided}`;
}

/** Copies drafts, which are revoked after the recipe. */
function copied(decided: Outcome | Call): Outcome | Call {
  if ('group' in decided) return { group: decided.group, command: plain(decided.command) };
  return decided.type === 'refused' ? decided : accepted(plain(decided.value));
}

function plain(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
}

/** `Array.isArray` that narrows a readonly array. */
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function decodeWith<Value>(schema: z.ZodType<Value>, value: unknown, what: string): Decoded<Value> {
  const decoded = schema.safeParse(value);
  if (decoded.success) return { type: 'decoded', value: decoded.data };
  return { type: 'rejected', reason: firstReason(decoded.error, what) };
}
