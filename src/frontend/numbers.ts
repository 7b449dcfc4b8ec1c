import { List, Set } from 'immutable';
import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { NUMBERS_AT_MOST } from '../protocol/model/write-sessions.ts';
import { NUMBER_AT_MOST } from './write-name.ts';

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
  /** Numbers whose clients were told that the outcome is unknown: not finished before `until`. */
  readonly askable: List<{ readonly number: number; readonly until: number }>;
  /** When the newest write was sent that is known to have been applied, in milliseconds of the node's clock. */
  readonly provenAt: number;
}

/** A number that was given to a write. */
export interface GivenNumber {
  readonly group: GroupName;
  readonly session: number;
  /** The digest of the session's history. */
  readonly history: number;
  readonly number: number;
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
  return { id, history, next: 1, done: 0, finished: Set<number>(), askable: List(), provenAt };
}

/**
 * The session with its next number given; undefined where there is none left: too many before it are not finished, or a
 * name has no room for it. Then those that are only asked for are given up.
 */
export function withNextNumber(session: OwnSession, millis: number): OwnSession | undefined {
  const timely = withoutAskable(session, ({ until }) => until <= millis);
  const roomy = isFull(timely) ? withoutAskable(timely, () => true) : timely;
  return isFull(roomy) ? undefined : { ...roomy, next: roomy.next + 1 };
}

/** The session with a number finished, unless its client may ask for it. */
export function withFinished(session: OwnSession, number: number): OwnSession {
  const { done, finished, askable } = session;
  if (
    number <= done ||
    number >= session.next ||
    finished.has(number) ||
    askable.some((asked) => asked.number === number)
  )
    return session;
  let [last, rest] = [done, finished.add(number)];
  for (; rest.has(last + 1); last += 1) rest = rest.delete(last + 1);
  return { ...session, done: last, finished: rest };
}

/** The session with a number that its client may ask for until then. */
export function withAskable(session: OwnSession, number: number, until: number): OwnSession {
  return { ...session, askable: session.askable.push({ number, until }) };
}

function isFull({ next, done }: OwnSession): boolean {
  return next > Math.min(done + NUMBERS_AT_MOST, NUMBER_AT_MOST);
}

type Askable = OwnSession['askable'] extends List<infer Item> ? Item : never;

function withoutAskable(session: OwnSession, isGivenUp: (asked: Askable) => boolean): OwnSession {
  const givenUp = session.askable.filter(isGivenUp);
  if (givenUp.isEmpty()) return session;
  const kept = { ...session, askable: session.askable.filterNot(isGivenUp) };
  return givenUp.reduce((before, { number }) => withFinished(before, number), kept);
}
