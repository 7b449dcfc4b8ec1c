import { Map } from 'immutable';
import { accepted, type App, type EntryContext, type GroupName, type Outcome, refused, type Step } from './app.ts';
import { codeOf } from './app-versions.ts';
import { assert, BrokenInvariant, EndsNode, unreachable } from './assert.ts';
import { containedStep, type Failure, OUTCOME_AT_MOST } from './contain.ts';
import type { Body, Entry, Slot } from './entry.ts';
import { hashText } from './hash.ts';
import type { Json } from './json.ts';
import type { CallResult, IncomingCalls, Machine, OutgoingCalls, PendingCall, Result } from './machine.ts';
import type { Unserved } from './messages.ts';
import { migrated } from './migrate.ts';
import { NOTHING_PLANTED, type PlantedBug } from './mutants.ts';
import { weigh, weighOutcome } from './weigh.ts';
import { opened, type Placed, placeIn, resultOf, withoutEnded, withSlotResult } from './write-sessions.ts';

/** The effect of applying an entry: the next machine, and what became of the request. */
export interface Applied {
  readonly machine: Machine;
  /** Set when the entry's request has no outcome and never will. */
  readonly unserved: Unserved | undefined;
  /** The write that may have its outcome now, by its uuid: the entry's own, or the one whose call it settles. */
  readonly uuid: string | undefined;
  /** What there is of that write's outcome. */
  readonly result?: Result | undefined;
  /** The code of the service failed. */
  readonly failure?: Failure | undefined;
}

type Write = Extract<Body, { type: 'write' }>;
type CallBody = Extract<Body, { type: 'call' }>;
type Settle = Extract<Body, { type: 'settle' }>;

/**
 * Applies one committed entry, by the code of the machine's version (PROTOCOL §11); `app` is the newest that this build
 * has. The outcome of a request is decided here, from the entry alone: every replica decides
 * the same, however often and by whichever primary the request was proposed (PROTOCOL §7).
 */
export function applyEntry(
  app: App,
  machine: Machine,
  entry: Entry,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): Applied {
  const { index, epoch, hash, lamport, wall, body } = entry;
  assert(index === machine.at.index + 1 && entry.previousHash === machine.at.hash, 'entries are applied in log order');
  const arrived = forget({ ...machine, at: { index, epoch, hash, lamport, wall } }, planted);
  const code = planted.has('applies-by-newest-code') ? app : codeOf(app, machine.version);
  switch (body.type) {
    case 'noop':
      return { machine: withoutEnded(arrived), unserved: undefined, uuid: undefined };
    case 'configuration':
      return { machine: arrived, unserved: undefined, uuid: undefined };
    case 'open':
      return open(arrived, body.name, planted);
    case 'activate':
      return activate(app, arrived, index, body.version);
    case 'write':
      return applyWrite(present(code), arrived, entry, body, planted);
    case 'call':
      return applyCall(present(code), arrived, entry, body, planted);
    case 'settle':
      return applySettle(present(code), arrived, entry, body);
    case 'withheld':
      throw new BrokenInvariant('a witness applies nothing');
    default:
      return unreachable(body);
  }
}

/**
 * Whether a build with `app` as its newest code can apply `body` to a machine of `version`. An entry that runs no command
 * needs no code; a migration needs the new one.
 */
export function canApply(app: App, version: number, body: Body): boolean {
  switch (body.type) {
    case 'noop':
    case 'configuration':
    case 'open':
      return true;
    case 'activate':
      return body.version <= version + 1 && codeOf(app, body.version) !== undefined;
    case 'write':
    case 'call':
    case 'settle':
      return codeOf(app, version) !== undefined;
    case 'withheld':
      return false;
    default:
      return unreachable(body);
  }
}

function present(code: App | undefined): App {
  assert(code !== undefined, 'an entry is applied by a build that has its code');
  return code;
}

/** Migrates the state. Where that fails, it fails on every replica, and the version stays as it was. */
function activate(app: App, machine: Machine, index: number, version: number): Applied {
  const applied: Applied = { machine, unserved: undefined, uuid: undefined };
  if (version !== machine.version + 1) return applied;
  const next = migrated(present(codeOf(app, version)), machine.state);
  if (next.type === 'migrated') return { ...applied, machine: { ...machine, version, state: next.state } };
  const { thrown } = next;
  if (next.isLocal)
    throw new EndsNode(`${thrown.message}. Other servers may have room for it: start this one with more`);
  const command = { type: 'activate', version };
  return { ...applied, failure: { errorId: `${app.name}-${index}`, index, command, thrown } };
}

/** Hash of a command; tells two commands under one uuid apart. */
function digestOf(command: Json): number {
  return measure(command).digest;
}

/** `size`: the command's length as JSON, in characters. */
export function measure(command: Json): { readonly digest: number; readonly size: number } {
  const text = JSON.stringify(command);
  return { digest: hashText(text), size: text.length };
}

/** The channel of calls from `group` in one of its histories; calls are numbered per channel. */
export function channelOf(group: GroupName, historyId: string): string {
  return `${group}@${historyId}`;
}

/** Opens a write session: the outcome is its id, the index of the entry. */
function open(machine: Machine, name: string, planted: ReadonlySet<PlantedBug>): Applied {
  const made = opened(machine, planted);
  if (made === undefined) return { machine: withoutEnded(machine), unserved: 'busy', uuid: name };
  const { index, lamport, wall } = machine.at;
  const result: Result = { index, lamport, wall, digest: 0, rests: [], outcome: accepted(made.id) };
  return { machine: made.machine, unserved: undefined, uuid: name, result };
}

function applyWrite(app: App, machine: Machine, entry: Entry, body: Write, planted: ReadonlySet<PlantedBug>): Applied {
  const { uuid, slot, command } = body;
  const digest = digestOf(command);
  const placed =
    slot === undefined
      ? placeByUuid(machine, uuid, body.issuedAt, digest, planted)
      : placeIn(machine, slot, digest, planted);
  if (placed.type === 'unserved') return { machine: placed.machine, unserved: placed.reason, uuid };
  if (placed.type === 'known') return { machine: placed.machine, unserved: undefined, uuid, result: placed.result };

  const { index, lamport, wall } = entry;
  const { state } = machine;
  const { step, failure } = containedStep(app.name, index, command, state, () =>
    app.apply(state, command, contextOf(entry, uuid)),
  );
  const { issuedAt } = body;
  // `outcome` is the last key: a result that waits for a call loses it on the wire, and gets it back at the end.
  const made: Result = { index, lamport, wall, issuedAt, digest, rests: [], outcome: undefined };
  const { machine: next, result } = conclude(placed.machine, { uuid, slot, command }, made, withinBounds(step, state));
  return { machine: next, unserved: undefined, uuid, result, failure };
}

/** Looks up a write that has no slot. */
function placeByUuid(
  machine: Machine,
  uuid: string,
  issuedAt: number | undefined,
  digest: number,
  planted: ReadonlySet<PlantedBug>,
): Placed {
  const result = machine.results.get(uuid);
  if (result !== undefined) {
    return result.digest === digest
      ? { type: 'known', machine, result }
      : { type: 'unserved', machine, reason: 'reused' };
  }
  const reason = untimely(machine, issuedAt ?? Number.NEGATIVE_INFINITY);
  const isTaken = reason === undefined || (reason === 'early' && planted.has('forgets-by-entry-time'));
  if (!isTaken) return { type: 'unserved', machine, reason };
  return { type: 'new', machine: { ...machine, order: machine.order.push(uuid) } };
}

/**
 * Refuses a request outside the dedupe window. One issued too early may have had its result forgotten already; one
 * issued far in the future would outlive its result.
 */
function untimely(machine: Machine, issuedAt: number): Unserved | undefined {
  const { dedupeFor, dedupeMargin } = machine.window;
  if (machine.at.wall - issuedAt > dedupeFor) return 'expired';
  if (issuedAt - machine.at.wall > dedupeMargin) return 'early';
  return undefined;
}

/** The write that an outcome, or a call, is for. */
interface Origin {
  readonly uuid: string;
  readonly slot: Slot | undefined;
  readonly command: Json;
}

/** Records what `apply` or `resume` returned: an outcome ends the write, a call makes it wait for the other group. */
function conclude(
  machine: Machine,
  origin: Origin,
  before: Result,
  step: Step<unknown>,
): { readonly machine: Machine; readonly result: Result } {
  const { uuid, slot, command } = origin;
  const result = 'outcome' in step ? { ...before, outcome: step.outcome } : before;
  const remembered =
    slot === undefined
      ? { ...machine, results: machine.results.set(uuid, result) }
      : withSlotResult(machine, slot, result);
  const next = { ...remembered, state: step.state };
  if ('outcome' in step) return { machine: next, result };
  const { group } = step.call;
  const calls: OutgoingCalls = machine.outgoing.get(group) ?? {
    last: 0,
    settled: 0,
    pending: Map<number, PendingCall>(),
  };
  const number = calls.last + 1;
  const pending = calls.pending.set(number, {
    uuid: `${uuid}/${group}/${number}`,
    command: step.call.command,
    origin: uuid,
    ...(slot === undefined ? {} : { slot }),
    originCommand: command,
  });
  return { machine: { ...next, outgoing: machine.outgoing.set(group, { ...calls, last: number, pending }) }, result };
}

/** Executes the calls of a channel in order, each once; a repeat or a gap changes nothing (PROTOCOL §8.3). */
function applyCall(
  app: App,
  machine: Machine,
  entry: Entry,
  body: CallBody,
  planted: ReadonlySet<PlantedBug>,
): Applied {
  const channel = channelOf(body.from, body.historyId);
  const calls: IncomingCalls = machine.incoming.get(channel) ?? { cursor: 0, results: Map<number, CallResult>() };
  const isAgain = planted.has('executes-repeated-call-again') && body.number === calls.cursor;
  if (body.number !== calls.cursor + 1 && !isAgain) return { machine, unserved: undefined, uuid: undefined };

  const { step, failure } = containedStep(app.name, entry.index, body.command, machine.state, () =>
    answered(app, machine, entry, body),
  );
  const { state, outcome } = answer(withinBounds(step, machine.state), machine);
  const { index, lamport } = entry;
  const results = calls.results
    .filter((_, number) => number > body.settled)
    .set(body.number, { outcome, index, lamport });
  const incoming = machine.incoming.set(channel, { cursor: body.number, results });
  return { machine: { ...machine, state, incoming }, unserved: undefined, uuid: undefined, failure };
}

/** What a called command comes to. */
function answered(app: App, { state }: Machine, entry: Entry, { command, uuid }: CallBody): Step<unknown> {
  const decoded = app.decode(command);
  if (decoded.type === 'rejected') return { state, outcome: refused(decoded.reason) };
  return app.apply(state, decoded.value, contextOf(entry, uuid));
}

/**
 * The outcome of a called command. Recorded as a refusal where it cannot be carried out: left out of the log, it would
 * block every later call of the channel.
 */
function answer(step: Step<unknown>, { state }: Machine): Extract<Step<unknown>, { outcome: Outcome }> {
  if ('outcome' in step) return step;
  return { state, outcome: refused(`a command that another group calls makes no call itself, to ${step.call.group}`) };
}

/** Resumes the write that made the call. A call that a deposed primary settled already is ignored. */
function applySettle(app: App, machine: Machine, entry: Entry, body: Settle): Applied {
  const calls = machine.outgoing.get(body.group);
  const call = calls?.pending.get(body.number);
  if (calls === undefined || call === undefined) return { machine, unserved: undefined, uuid: undefined };

  const pending = calls.pending.delete(body.number);
  let settled = calls.settled;
  while (settled < calls.last && !pending.has(settled + 1)) settled += 1;
  const outgoing = machine.outgoing.set(body.group, { ...calls, settled, pending });

  const { origin: uuid, slot, originCommand: command } = call;
  const { index, lamport, wall } = entry;
  const before = resultOf(machine, { uuid, slot });
  assert(before !== undefined || slot !== undefined, 'a write is remembered until its calls are settled');
  // Of a slot that was given up, or whose session has ended: the effect stands, and no requester may be left.
  const known: Result = before ?? { index, lamport, wall, digest: digestOf(command), rests: [], outcome: undefined };
  const made = { ...known, index, lamport, rests: [...known.rests, { group: body.group, index: body.index }] };
  const { state } = machine;
  const { step, failure } = containedStep(app.name, index, command, state, () => {
    const context = contextOf(entry, uuid);
    return app.resume?.(state, command, body.outcome, context) ?? { state, outcome: body.outcome };
  });
  // The other group has acted already: what was made of that stays, however long the write's outcome is.
  const concluded = withinBounds(step, step.state);
  const { machine: next, result } = conclude({ ...machine, outgoing }, { uuid, slot, command }, made, concluded);
  return { machine: next, unserved: undefined, uuid, result, failure };
}

/** The step; for one whose outcome or call is too long, a refusal in its place, which leaves `otherwise` as the state. */
function withinBounds(step: Step<unknown>, otherwise: unknown): Step<unknown> {
  const [what, size] =
    'call' in step
      ? ['call', weigh(step.call.command, OUTCOME_AT_MOST)]
      : ['outcome', weighOutcome(step.outcome, OUTCOME_AT_MOST)];
  if (size <= OUTCOME_AT_MOST) return step;
  return { state: otherwise, outcome: refused(`the ${what} of this command is longer than ${OUTCOME_AT_MOST} bytes`) };
}

function contextOf({ index, epoch, lamport, wall }: Entry, uuid: string): EntryContext {
  return { index, epoch, lamport, wall, uuid };
}

/** Results forgotten per entry: few enough for a short step, more than one entry adds. */
export const FORGOTTEN_AT_ONCE = 16;

/**
 * Forgets results outside the dedupe window. It depends on the wall time of entries, so every replica forgets the same.
 */
function forget(machine: Machine, planted: ReadonlySet<PlantedBug>): Machine {
  let { order, results } = machine;
  const { dedupeMargin } = machine.window;
  const kept = planted.has('forgets-results-within-dedupe-window')
    ? { ...machine, window: { dedupeFor: 0, dedupeMargin } }
    : machine;
  const isDue = (result: Result): boolean =>
    planted.has('forgets-by-entry-time')
      ? machine.at.wall - result.wall > machine.window.dedupeFor
      : isForgettable(kept, result, machine.at.wall);
  for (let count = 0; count < FORGOTTEN_AT_ONCE; count += 1) {
    const uuid = order.first();
    const result = uuid === undefined ? undefined : results.get(uuid);
    if (uuid === undefined || result?.outcome === undefined || !isDue(result)) break;
    order = order.shift();
    results = results.delete(uuid);
  }
  return order === machine.order ? machine : { ...machine, order, results };
}

/**
 * Whether at `wall` a request with this result's uuid has expired: the same inequality as that of `untimely`, so none is
 * applied again. Results of an older release have no date; their entry's stamp and the margin stand for it.
 */
export function isForgettable(machine: Machine, result: Result, wall: number): boolean {
  if (result.issuedAt !== undefined) return wall - result.issuedAt > machine.window.dedupeFor;
  return wall - result.wall > machine.window.dedupeFor + machine.window.dedupeMargin;
}
