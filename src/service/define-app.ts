import { type Draft, produce } from 'immer';
import * as z from 'zod';
import {
  accepted,
  type App,
  type AppInvariant,
  type Call,
  type EntryContext,
  type Listed,
  type Outcome,
  type Step,
  type GroupName,
  refused,
} from '../protocol/model/app.ts';
import { versionOf } from '../protocol/model/app-versions.ts';
import { assert } from '../protocol/model/assert.ts';
import type { Json } from '../protocol/model/json.ts';
import { wholeOf } from '../protocol/model/listed.ts';
import { isObject } from '../protocol/wire/decode.ts';
import { requireStorable } from './require-storable.ts';
import { type AppSchemas, decodeWith, kindsIn } from './schemas.ts';
import type { Storable } from './storable.ts';

/**
 * The definition of an app: see `App` for each part's contract. Commands and queries are told apart by their `type`.
 */
export interface AppDefinition<
  State,
  Command extends Json,
  Query extends Json,
  Group extends GroupName = never,
  OldState = unknown,
> {
  readonly name: string;
  /** A whole number, raised by 1 when what a command does, or the shape of the state, changes; 1 by default. */
  readonly version?: number;
  /**
   * The app as it was in the version before. Every data server needs it until its snapshot is of this version, and
   * `understudy status` says when: without it, a server whose log has commands of that version answers nothing.
   */
  readonly previous?: DefinedApp<OldState, Json, Json>;
  /**
   * The state of this version, made from one of the version before, which is frozen; left out only where that is a valid
   * state of this version, too. It is run once on every data server, at the same entry: it is pure, like `apply`.
   */
  readonly migrate?: (old: OldState) => State;
  readonly initial: State;
  readonly commands: z.ZodType<Command>;
  readonly queries: z.ZodType<Query>;
  /**
   * Returns the next state, or is a `recipe` that changes a draft of it. A refusal changes nothing: the state returned
   * with it is dropped.
   */
  readonly apply: (state: State, command: Command, context: EntryContext) => Step<State, NoInfer<Group>>;
  /**
   * Required in an app that makes calls. Its refusals do change the state: they give back what was reserved. A call that
   * the version before made may end in this one: `command` is then as that version took it, and may not fit `commands`.
   */
  readonly resume?: (
    state: State,
    command: Command,
    outcome: Outcome,
    context: EntryContext,
  ) => Step<State, NoInfer<Group>>;
  /** The groups of the service that `apply` and `resume` may call. */
  readonly calls?: readonly Group[];
  /** A query that lists returns `asList(rows, show)`: a list of any length is read in pages. */
  readonly read: (state: State, query: Query) => Outcome | Listed;
  /** Required in an app whose reads are cached; see `App`. */
  readonly invalidates?: (command: Command) => readonly string[];
  /** @deprecated The name of `invalidates` in earlier builds; gone after 0.1.0. */
  readonly touches?: (command: Command) => readonly string[];
  /** Types of commands that only other groups call: they have no path of their own (`defaultRoutes`). */
  readonly internal?: readonly TypeOf<Command>[];
  /** Types of commands that make the state no larger: they are taken while room is short, and others are not. */
  readonly shrinks?: readonly TypeOf<Command>[];
  /** Empty by default. */
  readonly invariants?: readonly AppInvariant<State>[];
}

/** Requires a migration where a state of the version before is none of this one. */
type Migrating<State, OldState> = unknown extends OldState
  ? unknown
  : [OldState] extends [State]
    ? unknown
    : { readonly migrate: (old: OldState) => State };

type TypeOf<Command> = Command extends { readonly type: infer Type extends string } ? Type : never;

/** The step of an app that calls `Group`, and without one, of an app that calls no other group. */
export type AppStep<State, Group extends GroupName = never> = Step<State, Group>;

/** An app with the schemas it was made from. */
export type DefinedApp<State, Command extends Json, Query extends Json> = App<State, Command, Query> & {
  readonly schemas: AppSchemas;
  readonly calls?: readonly GroupName[];
};

/**
 * Defines an app, with schemas for its untrusted inputs. The result keeps its types. As a plain `App`, only `decode`
 * makes a `Command`. Throws where the parts contradict each other.
 */
export function defineApp<
  State,
  Command extends Json,
  Query extends Json,
  const Group extends GroupName = never,
  OldState = unknown,
>(
  definition: AppDefinition<State, Command, Query, Group, OldState> & { readonly initial: Storable<State> } & Migrating<
      NoInfer<State>,
      NoInfer<OldState>
    >,
): DefinedApp<State, Command, Query> {
  const { name, initial, commands, queries, apply, resume, read, calls, internal = [], invariants = [] } = definition;
  requireStorable(name, initial);
  requireSchema(name, 'commands', commands);
  requireSchema(name, 'queries', queries);
  requireKnown(name, internal, commands);
  assert(
    calls === undefined || calls.length === 0 || resume !== undefined,
    `\`${name}\` calls other groups, so it has a \`resume\` that says what their outcomes mean`,
  );
  const { version = 1, previous, migrate } = definition;
  requireVersion(name, version, previous, migrate !== undefined);
  const mayCall = (step: Step<State>): Outcome | undefined => forbidden(name, step, calls, resume !== undefined);
  const invalidates = definition.invalidates ?? definition.touches;
  return {
    name,
    ...(version === 1 ? {} : { version }),
    ...(previous === undefined ? {} : { previous }),
    ...(migrate === undefined ? {} : { migrate }),
    initial,
    decode: (value) => decodeWith(commands, value, 'command'),
    apply(state, command, context) {
      const step = apply(state, command, context);
      const refusal = mayCall(step);
      if (refusal !== undefined) return { state, outcome: refusal };
      return 'outcome' in step && step.outcome.type === 'refused' ? { state, outcome: step.outcome } : step;
    },
    ...(resume === undefined ? {} : { resume: resumed }),
    ...(calls === undefined ? {} : { calls }),
    decodeQuery: (value) => decodeWith(queries, value, 'query'),
    read: (state, query) => wholeOf(read(state, query)),
    answer: read,
    ...(invalidates === undefined ? {} : { invalidates }),
    ...(definition.shrinks === undefined ? {} : { shrinks: definition.shrinks }),
    invariants,
    schemas: { commands, queries, internal },
  };

  function resumed(state: State, command: Command, outcome: Outcome, context: EntryContext): Step<State> {
    const step = resume?.(state, command, outcome, context) ?? { state, outcome };
    const refusal = mayCall(step);
    return refusal === undefined ? step : { state: step.state, outcome: refusal };
  }
}

/** Refuses a version that does not continue the one before. */
function requireVersion(name: string, version: number, previous: App | undefined, migrates: boolean): void {
  assert(
    Number.isSafeInteger(version) && version >= 1,
    `the version of \`${name}\` is a whole number from 1 on, not ${String(version)}`,
  );
  assert(version > 1 || !migrates, `\`${name}\` migrates from the version before, so its \`version\` is 2 or higher`);
  if (previous === undefined) return;
  assert(
    previous.name === name,
    `the \`previous\` of \`${name}\` is the same group in the version before, and is \`${previous.name}\``,
  );
  const before = versionOf(previous);
  assert(
    version === before + 1,
    `\`${name}\` has version ${version}, and its \`previous\` has version ${before}: versions go up one by one`,
  );
}

/** The refusal of a call that the definition does not allow; undefined for any other step. */
function forbidden(
  name: string,
  step: Step<unknown>,
  calls: readonly GroupName[] | undefined,
  hasResume: boolean,
): Outcome | undefined {
  if (!('call' in step)) return undefined;
  const { group } = step.call;
  if (!hasResume) return refused(`${name} calls ${group}, and has no resume`);
  return calls === undefined || calls.includes(group)
    ? undefined
    : refused(`${name} calls ${group}, which its \`calls\` does not name`);
}

/** Refuses a schema of another library, with the part that has it and what is needed. */
function requireSchema(app: string, part: 'commands' | 'queries', schema: unknown): void {
  assert(
    schema instanceof z.ZodType,
    `the ${part} of \`${app}\` must be a schema of zod 4 (import * as z from 'zod'), and are ${schemaIn(schema)}. Paths, OpenAPI and the values that clients draw are made from its fields, which other schemas do not tell`,
  );
}

/** What is given in place of a schema of zod. */
function schemaIn(given: unknown): string {
  if (!isObject(given) && typeof given !== 'function') return given === undefined ? 'missing' : `a ${typeof given}`;
  const standard: unknown = Reflect.get(given, '~standard');
  const vendor = isObject(standard) ? standard['vendor'] : undefined;
  if (vendor === 'zod') return '_zod' in given ? 'one of zod/mini' : 'one of an earlier zod';
  return typeof vendor === 'string' ? `one of ${vendor}` : 'none';
}

function requireKnown(app: string, internal: readonly string[], commands: z.ZodType): void {
  const types = kindsIn(commands).map(({ type }) => type);
  const unknown = internal.find((type) => !types.includes(type));
  assert(
    unknown === undefined,
    `\`${app}\` has no command \`${unknown}\`, which \`internal\` names; it has ${types.join(', ')}`,
  );
}

/**
 * `apply` or `resume` for an app whose state is plain JSON. `decide` changes a draft of the state (immer) and returns
 * the outcome or a call, which may contain drafts. Its other arguments are those of `apply` or `resume`.
 * - As `apply`, a refusal drops all changes; as `resume`, it keeps them.
 * - For small states only: immer walks all it touches, whole arrays included. Records by the thousand belong in
 *   immutable's List or Map, changed without a recipe.
 */
export function recipe<State extends object, Given extends readonly unknown[], const Group extends GroupName = never>(
  decide: (draft: Draft<NoInfer<State>>, ...given: Given) => Outcome | Call<Group>,
): (state: State, ...given: Given) => Step<State, Group> {
  return (state, ...given) => {
    const decisions: (Outcome | Call<Group>)[] = [];
    const next = produce(state, (draft) => {
      const decided = decide(draft, ...given);
      // The words are made only where they are needed: they have the whole outcome.
      if (!isDecision(decided))
        assert(false, `a recipe returns accepted(…), refused(…) or a call: ${returned(decided, given)}`);
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
  return decided['type'] === 'accepted' ? decided['value'] !== undefined : 'reason' in decided;
}

function returned(decided: unknown, [command]: readonly unknown[]): string {
  const asked = isObject(command) && typeof command['type'] === 'string' ? `for \`${command['type']}\` ` : '';
  if (decided === undefined) return `${asked}it returned nothing`;
  if (isObject(decided) && typeof decided['then'] === 'function') return `${asked}it returned a promise`;
  return `${asked}it returned ${JSON.stringify(decided) ?? typeof decided}`;
}

/** Copies drafts, which are revoked after the recipe. */
function copied<Group extends GroupName>(decided: Outcome | Call<Group>): Outcome | Call<Group> {
  if ('group' in decided) return { group: decided.group, command: plain(decided.command) };
  return decided.type === 'accepted' ? accepted(plain(decided.value)) : decided;
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
