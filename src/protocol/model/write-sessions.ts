import { Map } from 'immutable';
import type { Slot } from './entry.ts';
import { below, hashText } from './hash.ts';
import type { DedupeWindow, Machine, Result, WriteSession } from './machine.ts';
import type { Unserved } from './messages.ts';
import { NOTHING_PLANTED, type PlantedBug } from './mutants.ts';

/*
 * Write sessions (PROTOCOL §7.10): a front end numbers the writes that have no key of a client. A number is remembered
 * until its front end has the outcome, so memory does not grow with the writes of the last minutes.
 */

/** Sessions of a group; further ones are refused. No setting, so that every replica decides the same. */
export const SESSIONS_AT_MOST = 256;

/** Numbers of a session beyond its `done`; later ones are not applied. */
export const NUMBERS_AT_MOST = 8_192;

/** Bits of the digest of a history in the name of a write. */
export const HISTORY_BITS = 16;

export function historyDigest(historyId: string): number {
  return below(hashText(historyId), 2 ** HISTORY_BITS);
}

const NONE = Map<number, WriteSession>();

export function sessionsOf({ sessions }: Pick<Machine, 'sessions'>): Map<number, WriteSession> {
  return sessions ?? NONE;
}

/** Whether at `wall` the session has been without an entry for too long. Stamps never fall: once ended, it stays so. */
export function hasEnded(session: WriteSession, wall: number, { dedupeFor }: DedupeWindow): boolean {
  return wall - session.wall > dedupeFor;
}

/** The session, unless it has ended by the stamp of the newest entry applied. */
export function liveSession(machine: Machine, id: number): WriteSession | undefined {
  const session = sessionsOf(machine).get(id);
  return session === undefined || hasEnded(session, machine.at.wall, machine.window) ? undefined : session;
}

/** The machine without the sessions that have ended. */
export function withoutEnded(machine: Machine): Machine {
  const sessions = sessionsOf(machine);
  const kept = sessions.filter((session) => !hasEnded(session, machine.at.wall, machine.window));
  return kept.size === sessions.size ? machine : { ...machine, sessions: kept };
}

/** Whether an entry stamped `wall` would open no session: there are as many as may be. */
export function opensNone({ sessions, window }: Machine, wall: number): boolean {
  const held = sessionsOf({ sessions });
  return held.size >= SESSIONS_AT_MOST && held.every((session) => !hasEnded(session, wall, window));
}

/** Opens the session of the newest entry; undefined if there are too many. */
export function opened(
  machine: Machine,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): { readonly machine: Machine; readonly id: number } | undefined {
  const left = withoutEnded(machine);
  const sessions = sessionsOf(left);
  const { index, wall } = machine.at;
  const first = planted.has('reuses-session-ids') ? sessions.keySeq().first() : undefined;
  if (first !== undefined) return { machine: left, id: first };
  if (sessions.size >= SESSIONS_AT_MOST) return undefined;
  const session: WriteSession = { wall, done: 0, results: Map<number, Result>() };
  return { machine: { ...left, sessions: sessions.set(index, session) }, id: index };
}

/** What becomes of a write in its slot. */
export type Placed =
  | { readonly type: 'unserved'; readonly machine: Machine; readonly reason: Unserved }
  /** It was applied before. */
  | { readonly type: 'known'; readonly machine: Machine; readonly result: Result }
  /** It is to be applied, to this machine. */
  | { readonly type: 'new'; readonly machine: Machine };

/** Looks a write up in its slot, in the order of PROTOCOL §7.10. */
export function placeIn(machine: Machine, slot: Slot, digest: number, planted: ReadonlySet<PlantedBug>): Placed {
  const found = liveSession(machine, slot.session) ?? (planted.has('opens-unknown-session') ? FRESH : undefined);
  if (found === undefined) return { type: 'unserved', machine, reason: 'ended' };
  const session = advanced(found, slot.done, machine.at.wall);
  const next = { ...machine, sessions: sessionsOf(machine).set(slot.session, session) };
  const result = session.results.get(slot.number);
  if (result !== undefined) {
    if (result.digest === digest) return { type: 'known', machine: next, result };
    return { type: 'unserved', machine: next, reason: 'reused' };
  }
  const cursor = planted.has('remembers-highest-number-only') ? highest(session) : session.done;
  if (slot.number <= cursor && !planted.has('applies-numbers-done')) {
    return { type: 'unserved', machine: next, reason: 'forgotten' };
  }
  if (slot.number > session.done + NUMBERS_AT_MOST) return { type: 'unserved', machine: next, reason: 'busy' };
  return { type: 'new', machine: next };
}

/** The result of a number, as far as it is known. */
function slotResult(machine: Machine, { session, number }: Pick<Slot, 'session' | 'number'>): Result | undefined {
  return sessionsOf(machine).get(session)?.results.get(number);
}

/** The result of a write: by its slot, or by its uuid. */
export function resultOf(
  machine: Machine,
  { uuid, slot }: { readonly uuid: string; readonly slot?: Slot | undefined },
): Result | undefined {
  return slot === undefined ? machine.results.get(uuid) : slotResult(machine, slot);
}

/** Keeps the result of a number; of one that is done, or whose session has ended, none is waited for. */
export function withSlotResult(machine: Machine, { session: id, number }: Slot, result: Result): Machine {
  const sessions = sessionsOf(machine);
  const session = sessions.get(id);
  if (session === undefined || number <= session.done) return machine;
  return { ...machine, sessions: sessions.set(id, { ...session, results: session.results.set(number, result) }) };
}

/** How many results there are in all sessions. */
export function slotResults(machine: Machine): number {
  return sessionsOf(machine).reduce((sum, { results }) => sum + results.size, 0);
}

const FRESH: WriteSession = { wall: 0, done: 0, results: Map<number, Result>() };

/** The session with an entry stamped `wall`, which drops the results up to `done`. */
function advanced(session: WriteSession, done: number, wall: number): WriteSession {
  if (done <= session.done) return { ...session, wall };
  const { results } = session;
  const kept =
    done - session.done > results.size
      ? results.filter((_, number) => number > done)
      : results.deleteAll(Array.from({ length: done - session.done }, (_, step) => session.done + 1 + step));
  return { wall, done, results: kept };
}

function highest({ done, results }: WriteSession): number {
  return Math.max(done, ...results.keys());
}
