import type { GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { nextServer, silenced } from '../protocol/model/group-route.ts';
import type { Request } from '../protocol/model/messages.ts';
import { anotherUuid } from './request-uuid.ts';
import { giveUp, headersOf } from './respond.ts';
import { type Fixed, modeOf, type PendingRequest, waiting, wantsPrimary } from './state.ts';
import { atLeast, type TokenVector } from './tokens.ts';
import {
  type FrontEndTurn,
  hold,
  knownGroupRoute,
  note,
  queueRequest,
  respond,
  setGroupRoute,
  takeDue,
} from './turn.ts';

/** Sends the call that `pending` waits for to whoever can serve it, or holds it until the primary is known. */
export function dispatch(turn: FrontEndTurn, pending: PendingRequest): void {
  const { now, draft } = turn;
  const { group } = pending.call;
  const target = targetOf(turn, pending);
  if (target === undefined) {
    turn.awaited.add(group);
    return hold(turn, waiting(pending, undefined, pending.attempts, pending.expiresAt));
  }
  if (pending.attempts > 0 && pending.call.type === 'write') {
    note(turn, { type: 'retries', group, uuid: pending.clientRequest.uuid, to: target });
  }
  queueRequest(turn, target, group, itemOf(draft.fixed, draft.seen, pending));
  const dueAt = Math.min(pending.expiresAt, now.millis + draft.fixed.settings.retryAfter);
  hold(turn, waiting(pending, target, pending.attempts + 1, dueAt));
}

/** Sends it again a little later, and each time after twice as long: whoever was asked has enough to do as it is. */
export function backOff(turn: FrontEndTurn, pending: PendingRequest): void {
  const { locateEvery, retryAfter } = turn.draft.fixed.settings;
  const doubled = locateEvery * (1 << Math.min(Math.max(0, pending.attempts - 1), 16));
  const dueAt = Math.min(pending.expiresAt, turn.now.millis + Math.min(retryAfter, doubled));
  hold(turn, waiting(pending, undefined, pending.attempts, dueAt));
}

/** Every request whose time has come is given up or sent again; each by itself, so there is no storm of them. */
export function expireDue(turn: FrontEndTurn): void {
  const { draft, now } = turn;
  for (let pending = takeDue(turn, now.millis); pending !== undefined; pending = takeDue(turn, now.millis)) {
    const { call, clientRequest, expiresAt, sentTo, writes } = pending;
    if (expiresAt <= now.millis) {
      if (call.type === 'write') note(turn, { type: 'gives-up', group: call.group, uuid: clientRequest.uuid });
      const headers = headersOf(pending, draft.fixed.groups);
      respond(turn, clientRequest.id, giveUp(draft.fixed.refusal, clientRequest, writes, headers));
    } else {
      if (sentTo !== undefined) setGroupRoute(turn, call.group, silenced(knownGroupRoute(turn, call.group), sentTo));
      dispatch(turn, pending);
    }
  }
}

/** What waits for a primary that was found in this step leaves, oldest request first. */
export function sendWaiting(turn: FrontEndTurn): void {
  if (turn.found.size === 0) return;
  const { draft } = turn;
  const leaving = draft.pending
    .valueSeq()
    .filter((pending) => turn.found.has(pending.call.group) && wantsPrimary(draft.fixed, pending))
    .filter((pending) => pending.sentTo !== knownGroupRoute(turn, pending.call.group).primary)
    .toArray();
  for (const pending of inOrder(leaving)) dispatch(turn, pending);
}

/** Reads in flight to a node that is suspected, or serves `group` no more, go to the next one. */
export function resendReads(turn: FrontEndTurn, nodeId: NodeId, group?: GroupName): void {
  const { draft } = turn;
  const stranded = draft.pending
    .valueSeq()
    .filter((pending) => pending.sentTo === nodeId && !wantsPrimary(draft.fixed, pending))
    .filter((pending) => group === undefined || pending.call.group === group)
    .toArray();
  for (const pending of inOrder(stranded)) dispatch(turn, pending);
}

function targetOf(turn: FrontEndTurn, pending: PendingRequest): NodeId | undefined {
  const groupRoute = knownGroupRoute(turn, pending.call.group);
  const { home } = turn.draft.fixed;
  if (wantsPrimary(turn.draft.fixed, pending)) return groupRoute.primary;
  // Whoever asks a data server wants to know what that one has. Where it has too little to say, the others take turns.
  if (home !== undefined && pending.attempts === 0 && groupRoute.servers.includes(home)) return home;
  const [target, turned] = nextServer(groupRoute);
  setGroupRoute(turn, pending.call.group, turned);
  return target;
}

function itemOf(fixed: Fixed, seen: TokenVector, pending: PendingRequest): Request {
  const { call, callId: id, clientRequest, attempts, tokens } = pending;
  if (call.type === 'write') {
    const uuid =
      attempts > 0 && fixed.planted.has('retries-under-new-uuid')
        ? anotherUuid(clientRequest.uuid, attempts)
        : clientRequest.uuid;
    return { type: 'write', id, uuid, issuedAt: clientRequest.issuedAt, command: call.command };
  }
  const mode = modeOf(pending);
  // A linearizable read has seen all there is; the client's token only says which history it believes in.
  const token = mode === 'session' ? atLeast(tokens[call.group], seen[call.group]) : tokens[call.group];
  const isForgotten = attempts > 0 && fixed.planted.has('retries-read-without-token');
  return { type: 'read', id, query: call.query, mode, token: isForgotten ? undefined : token };
}

function inOrder(requests: readonly PendingRequest[]): readonly PendingRequest[] {
  return [...requests].sort((a, b) => a.clientRequest.id - b.clientRequest.id);
}
