import type { Decided } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Reply } from '../protocol/model/messages.ts';
import { type ListText, listText } from './list-text.ts';
import { noteFailure, planNext } from './plan-next.ts';
import { headersOf } from './respond.ts';
import { type ListProgress, type PendingRequest, waiting } from './state.ts';
import { abort, type FrontEndTurn, hold, note, queueRequest, sendPart } from './turn.ts';

/*
 * Lists that are longer than one page (PROTOCOL §10.7). Their pages are read one by one from the replica that answered
 * the first, at its index, and streamed to the client: the next page is asked for when the client has taken the last
 * one, so that no process holds the whole text. A list that cannot be finished is cut off, and its client can tell: the
 * answer has no end.
 */

type Done = Extract<Reply, { readonly type: 'done' }>;

/** The first page of a list that has more of them: begins the answer. False where the route answers no list. */
export function beginList(
  turn: FrontEndTurn,
  pending: PendingRequest,
  from: NodeId,
  item: Done,
  rows: Decided,
): boolean {
  const { clientRequest } = pending;
  const text = textOfPage(turn, pending, rows);
  if (text === undefined || item.next === undefined) return false;
  const headers = { 'content-type': 'application/json', ...headersOf(pending, turn.draft.fixed.groups) };
  sendPart(turn, clientRequest.id, { head: { status: 200, headers }, text: text.head + text.rows, isLast: false });
  note(turn, { type: 'streams', group: pending.call.group });
  awaitClient(turn, pending, {
    node: from,
    at: item.index,
    from: item.next,
    tail: text.tail,
    isWanted: false,
    takenFor: 0,
  });
  return true;
}

/** A later page. */
export function continueList(turn: FrontEndTurn, pending: PendingRequest, list: ListProgress, item: Done): void {
  const { clientRequest } = pending;
  if (item.outcome.type === 'failed')
    return abort(turn, pending, `its next page failed: error ${item.outcome.errorId}`);
  const text = textOfPage(turn, pending, item.outcome);
  if (text === undefined || text.rows === '' || item.index !== list.at) {
    return abort(turn, pending, 'its route answers a page with no list');
  }
  const { next } = item;
  const rows = `,${text.rows}`;
  if (next === undefined) return sendPart(turn, clientRequest.id, { text: rows + list.tail, isLast: true });
  sendPart(turn, clientRequest.id, { text: rows, isLast: false });
  awaitClient(turn, pending, { ...list, from: next, isWanted: false });
}

/** The text of a page, as its route answers it; undefined where that is no list. */
function textOfPage(turn: FrontEndTurn, pending: PendingRequest, rows: Decided): ListText | undefined {
  const planned = planNext(turn, pending, [...pending.outcomes, rows]);
  if (planned.type === 'threw') {
    noteFailure(turn, pending.clientRequest, pending.clientRequest.uuid, planned.thrown);
    return undefined;
  }
  const { value } = planned;
  return value.type === 'answered' && value.plan.status === 200 ? listText(value.plan.body) : undefined;
}

/** The client has taken what it was sent. */
export function clientTook(turn: FrontEndTurn, id: number): void {
  const pending = turn.draft.pending.get(id);
  if (pending?.list === undefined || pending.list.isWanted) return;
  const { holdFor } = turn.draft.fixed.settings;
  const expiresAt = turn.now.millis + holdFor;
  const takenFor = pending.list.takenFor + waitsFor(turn, pending);
  askForPage(turn, { ...pending, expiresAt, attempts: 0 }, { ...pending.list, isWanted: true, takenFor });
}

/** How long the client has been taking its page, in milliseconds. */
export function waitsFor({ now, draft }: FrontEndTurn, { expiresAt }: PendingRequest): number {
  return now.millis - (expiresAt - draft.fixed.settings.versionFor);
}

/** Asks for the next page, perhaps again. */
export function askForPage(turn: FrontEndTurn, pending: PendingRequest, list: ListProgress): void {
  const { now, draft } = turn;
  const { call, callId } = pending;
  if (call.type !== 'read') return abort(turn, pending, 'its route writes');
  queueRequest(turn, list.node, call.group, {
    type: 'read',
    id: callId,
    query: call.query,
    mode: 'session',
    token: undefined,
    page: { from: list.from, at: list.at },
  });
  // Waits longer each time: the page may be on its way already.
  const patience = draft.fixed.settings.retryAfter * 2 ** Math.min(pending.attempts, 5);
  const dueAt = Math.min(pending.expiresAt, now.millis + patience);
  hold(turn, { ...waiting(pending, list.node, pending.attempts + 1, dueAt), list });
}

/** The id of the call for the page that begins at `from`. */
function pageCallId(pending: PendingRequest, { from }: ListProgress): string {
  const { clientRequest, outcomes } = pending;
  return `${clientRequest.id}.${outcomes.length}.${clientRequest.nonce}.${from}`;
}

/** Waits until the client has taken the page, at most `versionFor`: so long is the version kept. */
function awaitClient(turn: FrontEndTurn, pending: PendingRequest, list: ListProgress): void {
  const expiresAt = turn.now.millis + turn.draft.fixed.settings.versionFor;
  const next = { ...pending, expiresAt, callId: pageCallId(pending, list) };
  hold(turn, { ...waiting(next, list.node, 0, expiresAt), list });
}
