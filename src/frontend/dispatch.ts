import type { GroupName } from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { asked, isRelay, nextServer, silenced, towardsPrimary } from '../protocol/model/group-route.ts';
import type { Request } from '../protocol/model/messages.ts';
import { timeOf } from './group-time.ts';
import { askForPage } from './list-pages.ts';
import { takesPlace } from './list-places.ts';
import { anotherUuid } from './request-uuid.ts';
import { giveUp, headersOfUnknown, keyOf, refuseAsOutlived } from './respond.ts';
import { commandOf, modeOf, type PendingRequest, waiting, wantsPrimary } from './state.ts';
import { atLeast } from './tokens.ts';
import {
  type FrontEndTurn,
  abort,
  hold,
  knownGroupRoute,
  note,
  queueRequest,
  respond,
  send,
  setGroupRoute,
  takeDue,
} from './turn.ts';
import { giveNumber, keepAskable, slotOf } from './write-slots.ts';

/** Sends the call of a pending request to a server; without a known primary, the request waits. */
export function dispatch(turn: FrontEndTurn, undated: PendingRequest): void {
  const { now, draft } = turn;
  if (undated.list !== undefined) return askForPage(turn, undated, undated.list);
  const { group } = undated.call;
  // Asked once whether one page has the whole, a list waits here for its place.
  const isAsked = undated.attempts > 0 && undated.call.type === 'read' && undated.call.list === true;
  if (isAsked && !takesPlace(turn, undated.clientRequest)) {
    return backOff(turn, { ...undated, attempts: Math.min(undated.attempts + 1, 4) });
  }
  const target = targetOf(turn, undated);
  if (target === undefined) {
    turn.awaited.add(group);
    return hold(turn, waiting(undated, undefined, undated.attempts, undated.expiresAt));
  }
  const pending = named(turn, undated);
  if (pending === undefined) {
    const { locateEvery, retryAfter } = draft.fixed.settings;
    const asks = undated.clientRequest.isKeyed && askForTime(turn, group);
    // What it waits for wakes it. Of the writes that wait for the time, one asks for it.
    const dueAt = Math.min(undated.expiresAt, now.millis + (asks ? locateEvery : retryAfter));
    return hold(turn, waiting(undated, undefined, 0, dueAt));
  }
  if (pending.attempts > 0 && pending.call.type === 'write') {
    note(turn, { type: 'retries', group, uuid: pending.clientRequest.uuid, to: target });
  }
  queueRequest(turn, target, group, itemOf(turn, pending));
  const { retryAfter } = draft.fixed.settings;
  // A read whose answer may be on its way is asked for less and less often.
  const patience =
    pending.call.type === 'read' ? retryAfter * 2 ** Math.min(Math.max(0, pending.attempts - 1), 5) : retryAfter;
  const dueAt = Math.min(pending.expiresAt, now.millis + patience);
  hold(turn, waiting(pending, target, pending.attempts + 1, dueAt, isRelay(knownGroupRoute(turn, group), target)));
}

/** The request with what names its write; undefined while there is neither a date for its key nor a session. */
function named(turn: FrontEndTurn, pending: PendingRequest): PendingRequest | undefined {
  const { call, clientRequest, given, callId } = pending;
  if (call.type !== 'write' || given !== undefined || clientRequest.asks !== undefined) return pending;
  if (!clientRequest.isKeyed) {
    const number = giveNumber(turn, call.group, callId);
    return number && { ...pending, given: number };
  }
  return dated(turn, pending);
}

/**
 * Asks for the time that the primary, which is known, has not told yet: any server's answer does. False where that has
 * just been done.
 */
function askForTime(turn: FrontEndTurn, group: GroupName): boolean {
  const { draft, now } = turn;
  const groupRoute = knownGroupRoute(turn, group);
  const { askedAt, servers } = groupRoute;
  if (askedAt !== undefined && now.millis - askedAt < draft.fixed.settings.locateEvery) return false;
  for (const node of servers) send(turn, node, group, { type: 'locate' });
  setGroupRoute(turn, group, asked(groupRoute, now.millis));
  return true;
}

/** The request with the date of its key; undefined while the cluster time that dates it is not known. */
function dated(turn: FrontEndTurn, pending: PendingRequest): PendingRequest | undefined {
  const { call, clientRequest } = pending;
  if (clientRequest.issuedAt !== undefined) return pending;
  const issuedAt = turn.draft.fixed.planted.has('dates-by-own-clock') ? turn.now.wall : timeOf(turn, call.group);
  return issuedAt === undefined ? undefined : { ...pending, clientRequest: { ...clientRequest, issuedAt } };
}

/** Backs off: sends the call again later, with a delay that doubles with each attempt. */
export function backOff(turn: FrontEndTurn, pending: PendingRequest): void {
  const { locateEvery, retryAfter } = turn.draft.fixed.settings;
  const doubled = locateEvery * (1 << Math.min(Math.max(0, pending.attempts - 1), 16));
  const dueAt = Math.min(pending.expiresAt, turn.now.millis + Math.min(retryAfter, doubled));
  hold(turn, waiting(pending, undefined, pending.attempts, dueAt));
}

/** Gives up or sends again each request whose time has come. */
export function expireDue(turn: FrontEndTurn): void {
  const { draft, now } = turn;
  for (let pending = takeDue(turn, now.millis); pending !== undefined; pending = takeDue(turn, now.millis)) {
    const { call, clientRequest, expiresAt, sentTo, list } = pending;
    if (list?.isWanted === false) abort(turn, pending, 'its client takes no more of it');
    else if (list !== undefined && expiresAt <= now.millis) abort(turn, pending, 'its next page does not come');
    else if (expiresAt <= now.millis) {
      if (call.type === 'write') note(turn, { type: 'gives-up', group: call.group, uuid: clientRequest.uuid });
      keepAskable(turn, pending.given, commandOf(pending));
      respond(turn, clientRequest.id, giveUp(draft.fixed, pending));
    } else {
      if (sentTo !== undefined) setGroupRoute(turn, call.group, silenced(knownGroupRoute(turn, call.group), sentTo));
      dispatch(turn, pending);
    }
  }
}

/** Refuses all that is held: nothing will answer it. */
export function refuseHeld(turn: FrontEndTurn): void {
  const { draft } = turn;
  for (const pending of inOrder(draft.pending.valueSeq().toArray())) {
    const { clientRequest, list } = pending;
    const uuid = keyOf(draft.fixed, pending);
    if (list !== undefined) abort(turn, pending, 'the cluster has begun another history');
    else {
      const headers = headersOfUnknown(draft.fixed, pending);
      respond(turn, clientRequest.id, refuseAsOutlived(draft.fixed.refusal, uuid, headers));
    }
  }
}

/** Sends the requests that waited for a primary found in this step, oldest first. */
export function sendWaiting(turn: FrontEndTurn): void {
  if (turn.found.size === 0) return;
  const { draft } = turn;
  const leaving = draft.pending
    .valueSeq()
    .filter((pending) => turn.found.has(pending.call.group) && wantsPrimary(draft.fixed, pending))
    .filter(({ call, sentTo, isRelayed }) => {
      const groupRoute = knownGroupRoute(turn, call.group);
      const target = towardsPrimary(groupRoute);
      // The node that was to forward it may lead now: what it forwarded went to its predecessor.
      return sentTo !== target || (target !== undefined && isRelayed !== isRelay(groupRoute, target));
    })
    .toArray();
  for (const pending of inOrder(leaving)) dispatch(turn, pending);
}

/** Sends reads again that are in flight to a suspected node, or to one that has left `group`. */
export function resendReads(turn: FrontEndTurn, nodeId: NodeId, group?: GroupName): void {
  const { draft } = turn;
  const stranded = draft.pending
    .valueSeq()
    // Only that node has the version of a list.
    .filter(({ sentTo, list }) => sentTo === nodeId && list === undefined)
    .filter((pending) => !wantsPrimary(draft.fixed, pending))
    .filter((pending) => group === undefined || pending.call.group === group)
    .toArray();
  for (const pending of inOrder(stranded)) dispatch(turn, pending);
}

function targetOf(turn: FrontEndTurn, pending: PendingRequest): NodeId | undefined {
  const groupRoute = knownGroupRoute(turn, pending.call.group);
  const { home } = turn.draft.fixed;
  if (wantsPrimary(turn.draft.fixed, pending)) return towardsPrimary(groupRoute);
  // A data server's own replica is asked first; after a failed attempt, the others take turns.
  if (home !== undefined && pending.attempts === 0 && groupRoute.servers.includes(home)) return home;
  const [target, turned] = nextServer(groupRoute);
  setGroupRoute(turn, pending.call.group, turned);
  return target;
}

function itemOf(turn: FrontEndTurn, pending: PendingRequest): Request {
  const { fixed, seen } = turn.draft;
  const { call, callId: id, clientRequest, attempts, tokens, given } = pending;
  if (call.type === 'write') {
    const { asks } = clientRequest;
    if (asks !== undefined) {
      const { history, session, number } = asks;
      return { type: 'outcome', id, history, session, number, command: call.command };
    }
    const uuid =
      attempts > 0 && fixed.planted.has('retries-under-new-uuid')
        ? anotherUuid(clientRequest.uuid, attempts)
        : clientRequest.uuid;
    if (given !== undefined) return { type: 'write', id, uuid, slot: slotOf(turn, given), command: call.command };
    const { issuedAt } = clientRequest;
    assert(issuedAt !== undefined, 'a write is dated before it is sent');
    return { type: 'write', id, uuid, issuedAt, command: call.command };
  }
  const mode = modeOf(pending);
  // A linearizable read needs no index; the client's token only names the history it knows.
  const token = mode === 'session' ? atLeast(tokens[call.group], seen[call.group]) : tokens[call.group];
  const isForgotten = attempts > 0 && fixed.planted.has('retries-read-without-token');
  const read = { type: 'read', id, query: call.query, mode, token: isForgotten ? undefined : token } as const;
  if (call.list !== true) return read;
  const hasPlace = takesPlace(turn, clientRequest);
  return { ...read, page: { from: 0, at: undefined, ...(hasPlace ? {} : { isWhole: true }) } };
}

function inOrder(requests: readonly PendingRequest[]): readonly PendingRequest[] {
  return [...requests].sort((a, b) => a.clientRequest.id - b.clientRequest.id);
}
