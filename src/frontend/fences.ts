import type { GroupName } from '../protocol/model/app.ts';
import type { Address } from '../protocol/model/address.ts';
import { lost, towardsPrimary } from '../protocol/model/group-route.ts';
import type { Message, Reply } from '../protocol/model/messages.ts';
import { type Owed, type OwnSession, withFence, withoutOverdue } from './numbers.ts';
import type { FrontEnd } from './state.ts';
import { changeSession, type FrontEndTurn, knownGroupRoute, queueRequest, setGroupRoute } from './turn.ts';
import { nameOfWrite } from './write-name.ts';

/*
 * Fences (PROTOCOL §7.11). A write that was given up and never carried out is `forgotten` once an entry says that its
 * number is done. Where no later write of its session does, a fence says it: a write that is never carried out, for its
 * own number is done when it is sent.
 */

/** When the group's fences are looked at next, in milliseconds of the node's clock; undefined: never. */
export function fenceDueAt({ fixed, sessions, isOutlived }: FrontEnd, group: GroupName): number | undefined {
  let soonest: number | undefined;
  if (isOutlived) return undefined;
  for (const { owed } of sessions[group] ?? []) {
    if (owed === undefined) continue;
    const dueAt = owed.until + fixed.settings.retryAfter;
    if (soonest === undefined || dueAt < soonest) soonest = dueAt;
  }
  return soonest;
}

/** Sends the fences that are due. */
export function keepFences(turn: FrontEndTurn): void {
  const { draft, now } = turn;
  for (const group of draft.fixed.groups) {
    const dueAt = fenceDueAt(draft, group);
    if (dueAt === undefined || dueAt > now.millis) continue;
    for (const session of draft.sessions[group] ?? []) {
      const { owed } = session;
      if (owed !== undefined && owed.until + draft.fixed.settings.retryAfter <= now.millis)
        keepFence(turn, group, session, owed);
    }
  }
}

function keepFence(turn: FrontEndTurn, group: GroupName, session: OwnSession, owed: Owed): void {
  const { draft, now } = turn;
  // It has ended by itself.
  if (now.millis - session.provenAt > draft.fixed.settings.dedupeFor) return settle(turn, group, session.id);
  const timely = withoutOverdue(session, now.millis);
  const looked = { ...owed, until: now.millis };
  const node = towardsPrimary(knownGroupRoute(turn, group));
  const fenced = node === undefined ? undefined : withFence(timely, looked);
  const next = fenced ?? { ...timely, owed: looked };
  changeSession(draft, group, session.id, () => next);
  if (node === undefined || fenced === undefined) return;
  const { id, number } = fenced.owed.fence;
  const uuid = nameOfWrite({ group, history: session.history, session: session.id, number }, draft.fixed.groups);
  if (uuid === undefined) return settle(turn, group, session.id);
  const done = draft.fixed.planted.has('fences-by-open-number') ? number - 1 : fenced.done;
  const slot = { session: session.id, number, done };
  queueRequest(turn, node, group, { type: 'write', id, uuid, slot, command: owed.command });
}

/** Takes the answer to a fence. False for any other. */
export function hearFenced(turn: FrontEndTurn, from: Address, message: Replies, item: Reply): boolean {
  const group = from.unit;
  const session = turn.draft.sessions[group]?.find(({ owed }) => owed?.fence?.id === item.id);
  if (session === undefined) return false;
  if (item.type !== 'unserved' || item.reason === 'forgotten' || item.reason === 'ended' || item.reason === 'malformed')
    settle(turn, group, session.id);
  else if (item.reason === 'not-primary' && message.primary !== from.node)
    setGroupRoute(turn, group, lost(knownGroupRoute(turn, group), from.node));
  return true;
}

function settle({ draft }: FrontEndTurn, group: GroupName, id: number): void {
  changeSession(draft, group, id, (own) => ({ ...own, owed: undefined }));
}

type Replies = Extract<Message, { readonly type: 'replies' }>;
