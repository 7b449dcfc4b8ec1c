import type { Address } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { Slot } from '../protocol/model/entry.ts';
import { lost, silenced, towardsPrimary } from '../protocol/model/group-route.ts';
import type { Message, Reply } from '../protocol/model/messages.ts';
import { historyDigest } from '../protocol/model/write-sessions.ts';
import { type GivenNumber, newSession, type Opening, type OwnSession, withAskable, withNextNumber } from './numbers.ts';
import { type FrontEndTurn, knownGroupRoute, queueRequest, setGroupRoute } from './turn.ts';

/*
 * The write sessions of this process, one in use per group (PROTOCOL §7.10). Opened with the first write that has no
 * key; left when all its numbers are in use, or when it may have ended meanwhile. One that is left ends by itself.
 */

/** How long the outcome of a write can be asked for whose client was told that it is unknown, in milliseconds. */
const ASKABLE_FOR = 60_000;

/**
 * The next number of the group's session. Undefined where it is yet to be opened: then it is asked for, under an id
 * made of the call's, which is unique in this process.
 */
export function giveNumber(turn: FrontEndTurn, group: GroupName, callId: string): GivenNumber | undefined {
  const { draft, now } = turn;
  const session = draft.sessions[group];
  const isFresh = session !== undefined && now.millis - session.provenAt <= draft.fixed.settings.dedupeFor / 2;
  const next = isFresh ? withNextNumber(session, now.millis) : undefined;
  if (next === undefined) {
    keepOpening(turn, group, callId);
    return undefined;
  }
  setSession(turn, group, next);
  return { group, session: next.id, history: next.history, number: next.next - 1, givenAt: now.millis };
}

/** The slot of a number: with how far its session is finished by now. */
export function slotOf({ draft }: FrontEndTurn, { group, session, number }: GivenNumber): Slot {
  const own = draft.sessions[group];
  return { session, number, done: own?.id === session ? own.done : 0 };
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
  const isElsewhere = item.type === 'unserved' && item.reason === 'not-primary';
  const id = item.type === 'done' && item.outcome.type === 'accepted' ? item.outcome.value : undefined;
  if (isIndex(id)) {
    setOpening(turn, group, undefined);
    setSession(turn, group, newSession(id, historyDigest(message.historyId), opening.askedAt));
    turn.found.add(group);
  } else if (isElsewhere) {
    setOpening(turn, group, undefined);
    if (message.primary !== from.node) setGroupRoute(turn, group, lost(knownGroupRoute(turn, group), from.node));
  } else {
    setOpening(turn, group, { ...opening, isRefused: true });
  }
  return true;
}

/** Whether a value can be the index of an entry. */
function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

/** A numbered write has its outcome: its session was there after it was sent. */
export function prove(turn: FrontEndTurn, { group, session, givenAt }: GivenNumber): void {
  const own = turn.draft.sessions[group];
  if (own?.id === session && own.provenAt < givenAt) setSession(turn, group, { ...own, provenAt: givenAt });
}

/** The session has ended: what of it is under way is unknown, and the next write opens another one. */
export function leaveSession(turn: FrontEndTurn, { group, session }: GivenNumber): void {
  if (turn.draft.sessions[group]?.id === session) setSession(turn, group, undefined);
}

/** The client is told that the outcome is unknown, and may ask for it. */
export function keepAskable(turn: FrontEndTurn, { group, session, number }: GivenNumber): void {
  const { draft, now } = turn;
  const own = draft.sessions[group];
  const askableFor = Math.min(ASKABLE_FOR, draft.fixed.settings.dedupeFor / 2);
  if (own?.id !== session) return;
  if (draft.fixed.planted.has('reuses-number-given-up') && own.next === number + 1)
    return setSession(turn, group, { ...own, next: number });
  setSession(turn, group, withAskable(own, number, now.millis + askableFor));
}

function setSession({ draft }: FrontEndTurn, group: GroupName, session: OwnSession | undefined): void {
  draft.sessions = { ...draft.sessions, [group]: session };
}

function setOpening({ draft }: FrontEndTurn, group: GroupName, opening: Opening | undefined): void {
  draft.openings = { ...draft.openings, [group]: opening };
}

type Replies = Extract<Message, { readonly type: 'replies' }>;
