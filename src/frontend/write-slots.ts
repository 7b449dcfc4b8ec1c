import type { Address } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { Slot } from '../protocol/model/entry.ts';
import { lost, silenced, towardsPrimary } from '../protocol/model/group-route.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Message, Reply } from '../protocol/model/messages.ts';
import { historyDigest } from '../protocol/model/write-sessions.ts';
import {
  type GivenNumber,
  newSession,
  type Opening,
  OWN_SESSIONS_AT_MOST,
  type OwnSession,
  withAskable,
  withNumberGiven,
  withOwed,
} from './numbers.ts';
import { changeSession, type FrontEndTurn, knownGroupRoute, queueRequest, setGroupRoute } from './turn.ts';

/*
 * The write sessions of this process (PROTOCOL §7.10). The first of a group is opened with the first write that has no
 * key; another one while all numbers of those before are in use. A session that may have ended is left, and ends by
 * itself.
 */

/** How long the outcome of a write can be asked for whose client was told that it is unknown, in milliseconds. */
export const ASKABLE_FOR = 60_000;

/**
 * The next number of the group's session. Undefined where it is yet to be opened: then it is asked for, under an id
 * made of the call's, which is unique in this process.
 */
export function giveNumber(turn: FrontEndTurn, group: GroupName, callId: string): GivenNumber | undefined {
  const { draft, now } = turn;
  const since = now.millis - draft.fixed.settings.dedupeFor / 2;
  const isKept = ({ provenAt, owed }: OwnSession): boolean => provenAt >= since || owed !== undefined;
  const known = sessionsTo(turn, group);
  const kept = known.every(isKept) ? known : known.filter(isKept);
  const sessions = withNumberGiven(kept, now.millis, since);
  setSessions(turn, group, sessions ?? kept);
  if (sessions === undefined) {
    if (kept.length < OWN_SESSIONS_AT_MOST) keepOpening(turn, group, callId);
    return undefined;
  }
  const [{ id, history, next, done }] = sessions;
  return { group, session: id, history, number: next - 1, done, givenAt: now.millis };
}

/** The slot of a number: with how far its session is finished by now. */
export function slotOf(turn: FrontEndTurn, { group, session, number }: GivenNumber): Slot {
  const own = sessionsTo(turn, group).find(({ id }) => id === session);
  return { session, number, done: own?.done ?? 0 };
}

/** Asks for a session, and again after `retryAfter`. */
function keepOpening(turn: FrontEndTurn, group: GroupName, callId: string): void {
  const { draft, now } = turn;
  const before = draft.openings[group];
  if (before !== undefined) {
    if (now.millis - before.askedAt < draft.fixed.settings.retryAfter) return;
    if (!before.isRefused) setGroupRoute(turn, group, silenced(knownGroupRoute(turn, group), before.node));
  }
  const node = towardsPrimary(knownGroupRoute(turn, group));
  if (node === undefined) return;
  const id = before?.id ?? `open.${callId}`;
  queueRequest(turn, node, group, { type: 'open', id });
  setOpening(turn, group, { id, node, askedAt: now.millis, isRefused: false });
}

/** Takes the answer to the request for a session. False for any other. */
export function hearOpened(turn: FrontEndTurn, from: Address, message: Replies, item: Reply): boolean {
  const group = from.unit;
  const opening = turn.draft.openings[group];
  if (opening?.id !== item.id) return false;
  const id = item.type === 'done' && item.outcome.type === 'accepted' ? item.outcome.value : undefined;
  // An id that is known would give its numbers again.
  if (isIndex(id) && !sessionsTo(turn, group).some((session) => session.id === id)) {
    setOpening(turn, group, undefined);
    setSessions(turn, group, [
      newSession(id, historyDigest(message.historyId), opening.askedAt),
      ...sessionsTo(turn, group),
    ]);
    turn.found.add(group);
  } else if (item.type === 'unserved' && item.reason === 'not-primary' && message.primary !== from.node) {
    setOpening(turn, group, undefined);
    setGroupRoute(turn, group, lost(knownGroupRoute(turn, group), from.node));
    turn.found.add(group);
  } else {
    setOpening(turn, group, { ...opening, isRefused: true });
  }
  return true;
}

/** Whether a value can be the index of an entry. */
function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** A numbered write has its outcome: its session was there after it was sent, and was told how far it was done. */
export function prove({ draft }: FrontEndTurn, { group, session, done, givenAt }: GivenNumber): void {
  changeSession(draft, group, session, (own) => {
    const owed = own.owed !== undefined && own.owed.number <= done ? undefined : own.owed;
    if (own.provenAt >= givenAt && own.owed === owed) return own;
    return { ...own, owed, provenAt: Math.max(own.provenAt, givenAt) };
  });
}

/** The session has ended: what of it is under way is unknown, and later writes are in others. */
export function leaveSession(turn: FrontEndTurn, { group, session }: GivenNumber): void {
  const left = sessionsTo(turn, group).filter(({ id }) => id !== session);
  setSessions(turn, group, left);
}

/**
 * The client is not told the outcome of its write, if that has a number, and may ask for it. `command`: the write's own,
 * where it has no outcome.
 */
export function keepAskable({ draft, now }: FrontEndTurn, given: GivenNumber | undefined, command?: Json): void {
  if (given === undefined) return;
  const { group, session, number } = given;
  const until = now.millis + Math.min(ASKABLE_FOR, draft.fixed.settings.dedupeFor / 2);
  changeSession(draft, group, session, (own) => {
    if (draft.fixed.planted.has('reuses-number-given-up') && own.next === number + 1) return { ...own, next: number };
    const askable = withAskable(own, number, until);
    return command === undefined ? askable : withOwed(askable, number, command, until);
  });
}

function sessionsTo({ draft }: FrontEndTurn, group: GroupName): readonly OwnSession[] {
  return draft.sessions[group] ?? [];
}

function setSessions({ draft }: FrontEndTurn, group: GroupName, sessions: readonly OwnSession[]): void {
  draft.sessions = { ...draft.sessions, [group]: sessions };
}

function setOpening({ draft }: FrontEndTurn, group: GroupName, opening: Opening | undefined): void {
  draft.openings = { ...draft.openings, [group]: opening };
}

type Replies = Extract<Message, { readonly type: 'replies' }>;
