import type { GroupName } from '../protocol/model/app.ts';
import { assert } from '../protocol/model/assert.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { GroupRoute } from '../protocol/model/group-route.ts';
import type { Message, Request } from '../protocol/model/messages.ts';
import { expect, withoutSoonest } from './deadlines.ts';
import { type GivenNumber, type OwnSession, withFinished } from './numbers.ts';
import type { FrontEndEffect, FrontEndNote, HttpResponse } from './front-end-io.ts';
import type { FrontEnd, PendingRequest } from './state.ts';

/** A front end while a step is under way: copied once, assigned to, and not visible outside before the step ends. */
type Draft = { -readonly [Key in keyof FrontEnd]: FrontEnd[Key] };

/** The turn of a front end. */
export interface FrontEndTurn {
  readonly now: Moment;
  readonly draft: Draft;
  readonly effects: FrontEndEffect[];
  /** Requests of this step, gathered into one message per replica. */
  readonly outgoing: { readonly node: NodeId; readonly group: GroupName; readonly items: Request[] }[];
  /** Groups whose primary was found in this step: their waiting requests can be sent. */
  readonly found: Set<GroupName>;
  /** Groups for whose primary a request began to wait in this step. */
  readonly awaited: Set<GroupName>;
  /** Whether all places of lists were found taken in this step: with thousands of lists waiting, looked at once. */
  hasNoPlace: boolean;
}

export function newTurn(frontEnd: FrontEnd, now: Moment): FrontEndTurn {
  return {
    now,
    draft: { ...frontEnd },
    effects: [],
    outgoing: [],
    found: new Set(),
    awaited: new Set(),
    hasNoPlace: false,
  };
}

export function note(turn: FrontEndTurn, what: FrontEndNote): void {
  turn.effects.push({ type: 'note', note: what });
}

export function send(turn: FrontEndTurn, node: NodeId, group: GroupName, message: Message): void {
  turn.effects.push({ type: 'send', to: { node, unit: group }, message });
}

/** Adds a request to the message for `node` at the end of the step. */
export function queueRequest(turn: FrontEndTurn, node: NodeId, group: GroupName, item: Request): void {
  const batch = turn.outgoing.find((other) => other.node === node && other.group === group);
  if (batch === undefined) turn.outgoing.push({ node, group, items: [item] });
  else batch.items.push(item);
}

/** Answers the client and ends its pending request. */
export function respond(turn: FrontEndTurn, id: number, response: HttpResponse): void {
  release(turn, id);
  turn.effects.push({ type: 'respond', id, response });
}

/** Sends a part of an answer that is streamed; the last one ends its pending request. */
export function sendPart(turn: FrontEndTurn, id: number, part: Omit<Part, 'type' | 'id'>): void {
  if (part.isLast) release(turn, id);
  turn.effects.push({ type: 'part', id, ...part });
}

/** Cuts off an answer that is streamed. */
export function abort(
  turn: FrontEndTurn,
  { clientRequest: { id }, call: { group } }: PendingRequest,
  reason: string,
): void {
  release(turn, id);
  turn.effects.push({ type: 'abort', id });
  note(turn, { type: 'cuts-off', group, reason });
}

/** Ends a pending request. */
export function release(turn: FrontEndTurn, id: number): void {
  const { draft } = turn;
  const pending = draft.pending.get(id);
  if (pending === undefined) return;
  draft.pending = draft.pending.delete(id);
  draft.heldSize -= pending.size;
  if (pending.given !== undefined) finish(draft, pending.given);
  if (!draft.lists.has(id)) return;
  draft.lists = draft.lists.delete(id);
  turn.hasNoPlace = false;
}

/** The number of an answered request is finished, with its outcome or without (PROTOCOL §7.10). */
function finish(draft: Draft, { group, session, number }: GivenNumber): void {
  changeSession(draft, group, session, (own) => withFinished(own, number));
}

/** Changes a session, if this process still keeps it. */
export function changeSession(
  draft: Draft,
  group: GroupName,
  id: number,
  change: (session: OwnSession) => OwnSession,
): void {
  const sessions = draft.sessions[group];
  const place = sessions?.findIndex((session) => session.id === id) ?? -1;
  const session = sessions?.[place];
  if (sessions === undefined || session === undefined) return;
  const changed = change(session);
  if (changed !== session) draft.sessions = { ...draft.sessions, [group]: sessions.with(place, changed) };
}

type Part = Extract<FrontEndEffect, { readonly type: 'part' }>;

/** Keeps the request pending until it is due. */
export function hold(turn: FrontEndTurn, pending: PendingRequest): void {
  const { draft } = turn;
  const { id } = pending.clientRequest;
  // With an unchanged deadline it is among the deadlines already.
  const before = draft.pending.get(id);
  draft.heldSize += pending.size - (before?.size ?? 0);
  if (before?.dueAt !== pending.dueAt) draft.deadlines = expect(draft.deadlines, pending.dueAt, id);
  draft.pending = draft.pending.set(id, pending);
}

/** Takes the next request that is due by `millis`, and drops void deadlines before it. */
export function takeDue(turn: FrontEndTurn, millis: number): PendingRequest | undefined {
  const { draft } = turn;
  for (let soonest = draft.deadlines; soonest !== undefined; soonest = draft.deadlines) {
    const pending = draft.pending.get(soonest.id);
    const stands = pending !== undefined && pending.dueAt === soonest.at;
    if (stands && soonest.at > millis) return undefined;
    draft.deadlines = withoutSoonest(soonest);
    if (stands) return pending;
  }
  return undefined;
}

/** The route to a group of this service; undefined for any other name. */
export function groupRouteTo(turn: FrontEndTurn, group: GroupName): GroupRoute | undefined {
  return Object.hasOwn(turn.draft.groupRoutes, group) ? turn.draft.groupRoutes[group] : undefined;
}

/** The route to a group that one of the service's routes names. */
export function knownGroupRoute(turn: FrontEndTurn, group: GroupName): GroupRoute {
  const groupRoute = groupRouteTo(turn, group);
  assert(groupRoute !== undefined, 'routes name groups of their own service only');
  return groupRoute;
}

export function setGroupRoute(turn: FrontEndTurn, group: GroupName, groupRoute: GroupRoute): void {
  const { draft } = turn;
  if (draft.groupRoutes[group] !== groupRoute) draft.groupRoutes = { ...draft.groupRoutes, [group]: groupRoute };
}
