import type { App, EntryContext, GroupName, Outcome, Step } from '../../protocol/model/app.ts';
import { codeOf, versionOf } from '../../protocol/model/app-versions.ts';
import { assert, unreachable } from '../../protocol/model/assert.ts';
import { containedStep } from '../../protocol/model/contain.ts';
import type { Body, Entry, Slot } from '../../protocol/model/entry.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { DedupeWindow, Machine } from '../../protocol/model/machine.ts';
import { migrated } from '../../protocol/model/migrate.ts';
import { NUMBERS_AT_MOST, resultOf, sessionsOf, SESSIONS_AT_MOST } from '../../protocol/model/write-sessions.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { Service } from '../../service/service.ts';
import { followRecord } from './committed.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Compares the record's machine with a second, independent model of the log: plain maps, and the rules of PROTOCOL §7.3,
 * §7.10 and §8.3–8.4 in their order, without persistence and limits. The record applies entries with the protocol's own
 * code: a mistake there would be the same at every replica and in the record, and show in answers only. What a machine
 * forgets is taken from it; the judge `forgetting` checks that.
 */
export function bookkeeping(evidence: Pick<Evidence, 'record'> & { readonly service: Pick<Service, 'apps'> }): Judge {
  const newlyCommitted = followRecord(evidence.record);
  const apps = new Map(evidence.service.apps.map((app) => [app.name, app]));
  const books = new Map<GroupName, Book>();
  return {
    name: 'bookkeeping',
    source: 'PROTOCOL §7.3',
    stepped({ group }) {
      for (const { entry, before, after } of newlyCommitted(group)) {
        const app = apps.get(group);
        if (app === undefined) return undefined;
        const book = books.get(group) ?? openBook(app, before.version);
        books.set(group, book);
        for (const uuid of before.order) {
          if (uuid === after.order.first()) break;
          book.results.delete(uuid);
        }
        const touched = enter(book, entry, after.window);
        const wrong = difference(book, entry.body, touched, after);
        if (wrong !== undefined) return `entry ${entry.index} of ${group}, ${entry.body.type}: ${wrong}`;
      }
      return undefined;
    },
  };
}

interface Book {
  /** The code of every version, newest first by `previous`. */
  readonly newest: App;
  app: App;
  state: unknown;
  /** By uuid: the index and the outcome of its decision; no outcome while a call is pending. */
  readonly results: Map<string, Decision>;
  /** By id. */
  readonly sessions: Map<number, SessionBook>;
  /** By target: the calls, by number; undefined once settled. */
  readonly made: Map<GroupName, ({ readonly origin: Origin; readonly command: Json } | undefined)[]>;
  /** By channel: the outcomes of executed calls, in order. */
  readonly executed: Map<string, Outcome[]>;
}

interface SessionBook {
  wall: number;
  done: number;
  /** By number, those beyond `done`. */
  readonly results: Map<number, Decision>;
}

interface Decision {
  readonly index: number;
  /** Undefined while a call is pending. */
  readonly outcome: Outcome | undefined;
}

type Origin = Pick<Extract<Body, { type: 'write' }>, 'uuid' | 'slot'>;

function openBook(newest: App, version: number): Book {
  const app = codeOf(newest, version);
  assert(app !== undefined, 'the judges have the code of every version');
  return {
    newest,
    app,
    state: app.initial,
    results: new Map(),
    sessions: new Map(),
    made: new Map(),
    executed: new Map(),
  };
}

/** Applies an entry to the model; returns its write, or the one that it settles, if any. */
function enter(book: Book, entry: Entry, { dedupeFor, dedupeMargin }: DedupeWindow): Origin | undefined {
  const { body, index, wall } = entry;
  const carriedOut = (command: Json, run: () => Step<unknown>): Step<unknown> =>
    containedStep(book.app.name, index, command, book.state, run).step;
  switch (body.type) {
    case 'configuration':
    case 'withheld':
      return undefined;
    case 'noop':
    case 'open':
      for (const [id, session] of book.sessions) if (wall > session.wall + dedupeFor) book.sessions.delete(id);
      if (body.type === 'open' && book.sessions.size < SESSIONS_AT_MOST)
        book.sessions.set(index, { wall, done: 0, results: new Map() });
      return undefined;
    case 'activate': {
      const next = codeOf(book.newest, body.version);
      if (next === undefined || next.previous !== book.app) return undefined;
      const made = migrated(next, book.state);
      if (made.type === 'migrated') [book.app, book.state] = [next, made.state];
      return undefined;
    }
    case 'write': {
      const { issuedAt, slot } = body;
      if (slot !== undefined) {
        if (!isToBeCarriedOut(book, slot, wall - dedupeFor, wall)) return body;
      } else if (book.results.has(body.uuid)) return body;
      else if (issuedAt === undefined || wall > issuedAt + dedupeFor || issuedAt > wall + dedupeMargin) return body;
      const step = carriedOut(body.command, () =>
        book.app.apply(book.state, body.command, contextOf(entry, body.uuid)),
      );
      return take(book, step, index, body, body.command);
    }
    case 'call': {
      const done = listed(book.executed, channelOf(body));
      if (body.number !== done.length + 1) return undefined;
      const step = carriedOut(body.command, () => {
        const decoded = book.app.decode(body.command);
        return decoded.type === 'rejected'
          ? { state: book.state, outcome: { type: 'refused', reason: decoded.reason } }
          : book.app.apply(book.state, decoded.value, contextOf(entry, body.uuid));
      });
      book.state = step.state;
      if ('outcome' in step) done.push(step.outcome);
      return undefined;
    }
    case 'settle': {
      const calls = listed(book.made, body.group);
      const call = calls[body.number - 1];
      if (call === undefined) return undefined;
      calls[body.number - 1] = undefined;
      const context = contextOf(entry, call.origin.uuid);
      const { outcome } = body;
      const { state } = book;
      const step = carriedOut(
        call.command,
        () => book.app.resume?.(state, call.command, outcome, context) ?? { state, outcome },
      );
      return take(book, step, index, call.origin, call.command);
    }
    default:
      return unreachable(body);
  }
}

function take(book: Book, step: Step<unknown>, index: number, { uuid, slot }: Origin, command: Json): Origin {
  book.state = step.state;
  const origin = { uuid, slot };
  const decision = { index, outcome: 'outcome' in step ? step.outcome : undefined };
  if (slot === undefined) book.results.set(uuid, decision);
  else {
    const session = book.sessions.get(slot.session);
    if (session !== undefined && slot.number > session.done) session.results.set(slot.number, decision);
  }
  if ('call' in step) listed(book.made, step.call.group).push({ origin, command });
  return origin;
}

/** Whether a numbered write is carried out. Its session lives on, and forgets what the front end has. */
function isToBeCarriedOut(book: Book, slot: Slot, endedBefore: number, wall: number): boolean {
  const session = book.sessions.get(slot.session);
  if (session === undefined || session.wall < endedBefore) return false;
  session.wall = wall;
  session.done = Math.max(session.done, slot.done);
  for (const number of session.results.keys()) if (number <= session.done) session.results.delete(number);
  if (session.results.has(slot.number)) return false;
  return slot.number > session.done && slot.number <= session.done + NUMBERS_AT_MOST;
}

/**
 * The first difference between machine and model after an entry: in the state, the counts, or what the entry can have
 * changed.
 */
function difference(book: Book, body: Body, touched: Origin | undefined, after: Machine): string | undefined {
  if (versionOf(book.app) !== after.version) return `the version should be ${versionOf(book.app)}`;
  if (hashValue(book.state) !== hashValue(after.state)) return 'the state should be another one';
  if (book.results.size !== after.results.size) {
    return `${book.results.size} results should be remembered, and ${after.results.size} are`;
  }
  const [should, are] = [[...book.sessions.keys()], sessionsOf(after)];
  if (should.length !== are.size || !should.every((id) => are.has(id)))
    return `the sessions ${should.join(', ')} should be there, and ${[...are.keys()].join(', ')} are`;
  if (touched !== undefined) {
    const [decision, is] = [decisionOf(book, touched), resultOf(after, touched)];
    if (decision?.index !== is?.index || !isSame(decision?.outcome, is?.outcome))
      return `${touched.uuid} has another result`;
    const wrong = touched.slot && differenceOfSessions(book, touched.slot.session, after);
    if (wrong !== undefined) return wrong;
  }
  for (const [group, calls] of book.made) {
    const outgoing = after.outgoing.get(group);
    const open = calls.filter((call) => call !== undefined).length;
    if (calls.length !== outgoing?.last) return `${calls.length} calls to ${group} should have been made`;
    if (open !== outgoing.pending.size) return `${open} calls to ${group} should wait for their outcome`;
  }
  if (body.type !== 'call') return undefined;
  const done = listed(book.executed, channelOf(body));
  const incoming = after.incoming.get(channelOf(body));
  if (done.length !== (incoming?.cursor ?? 0)) return `${done.length} calls of ${body.from} should have been executed`;
  const [outcome, is] = [done.at(-1), incoming?.results.get(done.length)?.outcome];
  return isSame(outcome, is) ? undefined : `call ${done.length} of ${body.from} has another outcome`;
}

function differenceOfSessions(book: Book, id: number, after: Machine): string | undefined {
  const [should, is] = [book.sessions.get(id), sessionsOf(after).get(id)];
  const isAlike = should?.wall === is?.wall && should?.done === is?.done && should?.results.size === is?.results.size;
  return isAlike ? undefined : `session ${id} should be at ${should?.done} with ${should?.results.size} results`;
}

function decisionOf(book: Book, { uuid, slot }: Origin): Decision | undefined {
  return slot === undefined ? book.results.get(uuid) : book.sessions.get(slot.session)?.results.get(slot.number);
}

function isSame(one: Outcome | undefined, other: Outcome | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function contextOf({ index, epoch, lamport, wall }: Entry, uuid: string): EntryContext {
  return { index, epoch, lamport, wall, uuid };
}

function channelOf({ from, historyId }: Extract<Body, { type: 'call' }>): string {
  return `${from}@${historyId}`;
}

function listed<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const fresh: Item[] = [];
  lists.set(key, fresh);
  return fresh;
}
