import { OrderedMap, Set } from 'immutable';
import type { GroupName } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { NUMBERS_AT_MOST } from '../protocol/model/write-sessions.ts';
import { NUMBER_AT_MOST } from './write-name.ts';

/**
 * Sessions of a group that one process keeps. With these, 262,144 writes can be without an outcome, or have later ones
 * that are; further writes wait. Eight such processes leave room for another one in the group.
 */
export const OWN_SESSIONS_AT_MOST = 32;

/** A write session of this process, with the numbers that it has given (PROTOCOL §7.10). Persistent. */
export interface OwnSession {
  readonly id: number;
  /** The digest of its history. */
  readonly history: number;
  /** The number of the next write. */
  readonly next: number;
  /** Every number up to this one is finished: its outcome is known, or it was given up. */
  readonly done: number;
  /** Later numbers that are finished. */
  readonly finished: Set<number>;
  /**
   * Numbers whose clients were told that the outcome is unknown, oldest first: not finished before that time, in
   * milliseconds of the node's clock.
   */
  readonly askable: OrderedMap<number, number>;
  /** What was given up of it and may yet be carried out; undefined: nothing. */
  readonly owed: Owed | undefined;
  /** When the newest write was sent that is known to have been applied, in milliseconds of the node's clock. */
  readonly provenAt: number;
}

/** Writes that were given up, of which no entry is known to have made the numbers `forgotten`. */
export interface Owed {
  /** The newest of them. */
  readonly number: number;
  readonly command: Json;
  /** Until when any of them may be asked for, or when they were last looked at: they are again `retryAfter` later. */
  readonly until: number;
  /** The write under way that makes them `forgotten`. */
  readonly fence: Fence | undefined;
}

/** A write whose number is done when it is sent: it is never carried out. */
export interface Fence {
  readonly id: string;
  readonly number: number;
}

/** A number that was given to a write. */
export interface GivenNumber {
  readonly group: GroupName;
  readonly session: number;
  /** The digest of the session's history. */
  readonly history: number;
  readonly number: number;
  /** How far the session was done when it was given. */
  readonly done: number;
  readonly givenAt: number;
}

/** The request for a session under way. */
export interface Opening {
  readonly id: string;
  readonly node: NodeId;
  /** In milliseconds of the node's clock. */
  readonly askedAt: number;
  /** The group opens none now: it is asked again after `retryAfter`. */
  readonly isRefused: boolean;
}

export function newSession(id: number, history: number, provenAt: number): OwnSession {
  return {
    id,
    history,
    next: 1,
    done: 0,
    finished: Set<number>(),
    askable: OrderedMap<number, number>(),
    owed: undefined,
    provenAt,
  };
}

/**
 * The sessions with a number given by the first of them that has one, which is the first from then on: so the others
 * are at rest, and end. Undefined where none has one. One that was proven before `since` may have ended.
 */
export function withNumberGiven(
  sessions: readonly OwnSession[],
  millis: number,
  since: number,
): readonly [OwnSession, ...OwnSession[]] | undefined {
  for (const session of sessions) {
    const given = session.provenAt < since ? undefined : withNextNumber(session, millis);
    if (given !== undefined) return [given, ...sessions.filter((other) => other !== session)];
  }
  return undefined;
}

/**
 * The session with its next number given; undefined where there is none left: one too far before it is not finished, or
 * a name has no room for it. Of numbers that are only asked for, as few are given up as that takes.
 */
export function withNextNumber(session: OwnSession, millis: number): OwnSession | undefined {
  if (session.next > NUMBER_AT_MOST) return undefined;
  let roomy = withoutOverdue(session, millis);
  while (isFull(roomy) && roomy.askable.has(roomy.done + 1)) roomy = withoutAskable(roomy, roomy.done + 1);
  return isFull(roomy) ? undefined : { ...roomy, next: roomy.next + 1 };
}

/** The session with a number finished, unless its client may ask for it. */
export function withFinished(session: OwnSession, number: number): OwnSession {
  const { done, finished, askable } = session;
  if (number <= done || number >= session.next || finished.has(number) || askable.has(number)) return session;
  let [last, rest] = [done, finished.add(number)];
  for (; rest.has(last + 1); last += 1) rest = rest.delete(last + 1);
  return { ...session, done: last, finished: rest };
}

/** The session with a number that its client may ask for until then. */
export function withAskable(session: OwnSession, number: number, until: number): OwnSession {
  return { ...session, askable: session.askable.set(number, until) };
}

/** The session with a write that was given up, and may be asked for until then. */
export function withOwed(session: OwnSession, number: number, command: Json, until: number): OwnSession {
  const { owed } = session;
  const newest = owed === undefined || owed.number < number ? { number, command } : owed;
  return { ...session, owed: { number: newest.number, command: newest.command, until, fence: undefined } };
}

/** The session that sends its fence again, or a new one, which has its next number. */
export interface FencedSession extends OwnSession {
  readonly owed: Owed & { readonly fence: Fence };
}

/**
 * Undefined while a number before it is not done: of that one the outcome comes, or it is given up as well. So is one
 * whose write is sent again, and which tells how far the session is done.
 */
export function withFence(session: OwnSession, owed: Owed): FencedSession | undefined {
  const { done, next: number, id } = session;
  if (owed.fence !== undefined) return { ...session, owed: { ...owed, fence: owed.fence } };
  if (done < number - 1) return undefined;
  return {
    ...session,
    next: number + 1,
    done: number,
    owed: { ...owed, fence: { id: `fence.${id}.${number}`, number } },
  };
}

function isFull({ next, done }: OwnSession): boolean {
  return next > done + NUMBERS_AT_MOST;
}

/** The session with those numbers finished that are not to be asked for any longer. */
export function withoutOverdue(session: OwnSession, millis: number): OwnSession {
  let left = session;
  for (const [number, until] of session.askable) {
    if (until > millis) break;
    left = withoutAskable(left, number);
  }
  return left;
}

function withoutAskable(session: OwnSession, number: number): OwnSession {
  return withFinished({ ...session, askable: session.askable.delete(number) }, number);
}
