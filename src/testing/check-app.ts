import * as fc from 'fast-check';
import { accepted, type App, type EntryContext, type Outcome, refused, type Step } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import { hashValue } from '../protocol/model/value-hash.ts';
import { pack, unpack } from '../protocol/wire/pack.ts';
import { deepFreeze } from '../protocol/model/freeze.ts';
import { hostileJson } from './hostile-json.ts';
import { BrokenLaw, law } from './law.ts';
import { inWorld } from './other-world.ts';

export interface CheckOptions<Query> {
  /** Queries after each command. Default: reads are not checked. */
  readonly queries?: fc.Arbitrary<Query>;
  /** Commands in one story, at most; 20 by default. */
  readonly commandsAtMost?: number;
  /** A refused command may change the state, as in an app that counts attempts; no app of `defineApp` can. */
  readonly refusalsMayChange?: boolean;
  /** `numRuns`, `seed`, `path` and the like. */
  readonly fastCheck?: fc.Parameters<unknown>;
}

/**
 * Checks the laws that every replicated app must keep, over stories of commands; an error names the broken law and the
 * shortest story found:
 *
 * 1. Decoding a command, or any hostile input, throws no error, and a command survives JSON.
 * 2. `apply`, `resume` and `read` do not change the state they are given.
 * 3. They are deterministic: two runs agree in worlds whose clocks and chance differ.
 * 4. The state survives a full copy, and the copy goes on like the original.
 * 5. Every invariant holds after every command.
 * 6. A refused command changes nothing. (What `resume` undoes is a change of its own.)
 */
export function checkApp<State, Command extends Json, Query extends Json>(
  app: App<State, Command, Query>,
  commands: fc.Arbitrary<NoInfer<Command>>,
  options: CheckOptions<NoInfer<Query>> = {},
): void {
  const { queries, commandsAtMost = 20, fastCheck = {} } = options;
  const event = fc.record({
    command: commands,
    callOutcome: fc.constantFrom(accepted(), refused('the other group said no')),
    query: queries === undefined ? fc.constant(undefined) : queries,
    after: fc.nat({ max: 100_000 }),
  });
  const story = fc.array(event, { maxLength: commandsAtMost });
  const details = fc.check(
    fc.property(story, fc.array(hostileJson, { maxLength: 3 }), (events, hostile) => {
      for (const value of hostile) isDecoded(app, value);
      tell(app, events, options.refusalsMayChange === true);
    }),
    fastCheck,
  );
  if (!details.failed) return;
  const cause = details.errorInstance;
  const broken = cause instanceof Error ? cause.message : 'no story could be told';
  throw new BrokenLaw(`${broken}\n\n${fc.defaultReportMessage(details)}`, { cause });
}

const FIRST_WALL = 1_700_000_000_000;

interface SimEvent<Command, Query> {
  readonly command: Command;
  /** The immediate outcome of a call that it makes. */
  readonly callOutcome: Outcome;
  readonly query: Query | undefined;
  /** Milliseconds since the previous one. */
  readonly after: number;
}

/** Runs one story, law by law. */
function tell<State, Command extends Json, Query extends Json>(
  app: App<State, Command, Query>,
  events: readonly SimEvent<Command, Query>[],
  refusalsMayChange: boolean,
): void {
  let state = deepFreeze(app.initial);
  let wall = FIRST_WALL;
  mustHold(app, state);
  for (const [place, { command, callOutcome, query, after }] of events.entries()) {
    wall += after;
    survivesJson(app, command);
    const context = contextOf(place + 1, wall);
    const said = JSON.stringify(command);
    const step = same(app, state, `apply ${said}`, (given) => app.apply(given, command, context));
    if ('outcome' in step && step.outcome.type === 'refused' && !refusalsMayChange) {
      law(hashValue(step.state) === hashValue(state), () => `refused, ${said} changes the state`);
    }
    state = deepFreeze(step.state);
    mustHold(app, state);
    if ('call' in step) {
      state = resumed(app, state, command, callOutcome, context);
      mustHold(app, state);
    }
    if (query !== undefined) same(app, state, `read ${JSON.stringify(query)}`, (given) => app.read(given, query));
  }
}

/** The result of `carryOut`: the same from the state and from a full copy of it, with the state unchanged. */
function same<State, Result extends object>(
  { name }: Pick<App, 'name'>,
  state: State,
  what: string,
  carryOut: (state: State) => Result,
): Result {
  const before = hashValue(state);
  const first = inWorld(1, () => carryOut(state));
  const second = inWorld(2, () => carryOut(state));
  law(
    hashOf(first) === hashOf(second),
    () => `${name}: ${what} does not come to the same twice: a clock or chance is in it`,
  );
  law(before === freshHash(state), () => `${name}: ${what} changes the state it is given`);
  const copy = copied(name, state);
  const third = inWorld(1, () => carryOut(copy));
  law(hashOf(first) === hashOf(third), () => `${name}: ${what} does not come to the same after a full copy`);
  return first;
}

function resumed<State, Command extends Json>(
  app: Pick<App<State, Command>, 'name' | 'resume'>,
  state: State,
  command: Command,
  outcome: Outcome,
  context: EntryContext,
): State {
  if (app.resume === undefined) return state;
  const { resume } = app;
  const what = `resume ${JSON.stringify(command)} with ${JSON.stringify(outcome)}`;
  const step: Step<State> = same(app, state, what, (given) => resume(given, command, outcome, context));
  return deepFreeze(step.state);
}

function mustHold<State>({ name, invariants }: Pick<App<State>, 'name' | 'invariants'>, state: State): void {
  for (const invariant of invariants) {
    const broken = invariant.broken(state);
    law(broken === undefined, () => `${name}, ${invariant.name}: ${broken}`);
  }
}

function survivesJson(app: Pick<App, 'name' | 'decode'>, command: Json): void {
  const decoded = app.decode(JSON.parse(JSON.stringify(command)));
  law(decoded.type === 'decoded', () => `${app.name}: ${JSON.stringify(command)} is not taken back from JSON`);
  law(
    hashValue(decoded.value) === hashValue(command),
    () => `${app.name}: ${JSON.stringify(command)} comes back as another`,
  );
}

function isDecoded(app: Pick<App, 'name' | 'decode' | 'decodeQuery'>, value: Json): void {
  for (const decode of [app.decode, app.decodeQuery]) {
    try {
      decode(value);
    } catch (error) {
      throw new BrokenLaw(`${app.name}: decoding ${JSON.stringify(value)} is an error and no rejection`, {
        cause: error,
      });
    }
  }
}

/** The state at another node after a full copy: through JSON and back. */
function copied<State>(name: string, state: State): State {
  const copy: unknown = unpack(pack(state));
  const isState = (value: unknown): value is State => hashValue(value) === hashValue(state);
  law(isState(copy), () => `${name}: its state does not survive a full copy`);
  return deepFreeze(copy);
}

function hashOf(result: object): number {
  return hashValue(pack(result));
}

/** A hash without the memo of `hashValue`. */
function freshHash(state: unknown): number {
  return hashValue(unpack(pack(state)));
}

function contextOf(index: number, wall: number): EntryContext {
  return { index, epoch: { counter: 1, nodeId: 's1' }, lamport: index, wall, uuid: uuidOf(index) };
}

function uuidOf(index: number): string {
  return `018bcfe5-6800-7000-8000-${index.toString(16).padStart(12, '0')}`;
}
