import type { Outcome } from '../model/app.ts';
import { type Applied, channelOf } from '../model/apply.ts';
import type { Entry } from '../model/entry.ts';
import type { Machine, Result } from '../model/machine.ts';
import type { Reply } from '../model/messages.ts';
import type { PrimaryState } from './primary-state.ts';
import { type ReplicaTurn, reply } from './turn.ts';

/** Replies to the requesters of the entry that was just applied: not from a state that has diverged (PROTOCOL §11.8). */
export function replyToRequesters(turn: ReplicaTurn, entry: Entry, applied: Applied): void {
  const { leading, diverged } = turn.draft;
  if (leading === undefined || diverged !== undefined) return;
  if (applied.uuid !== undefined) answerWriters(turn, leading, applied.uuid, applied);
  if (entry.body.type !== 'call') return;
  const key = callKey(channelOf(entry.body.from, entry.body.historyId), entry.body.number);
  answerCallers(turn, leading, key, callReply(applied.machine, entry.body, entry.body.number));
}

/** The key in `called` of a call of another group. */
export function callKey(channel: string, number: number): string {
  return `${channel}/${number}`;
}

/** The reply with a write's result. */
export function resultReply(id: string, result: Result & { readonly outcome: Outcome }): Reply {
  const { outcome, index, lamport, rests } = result;
  return { type: 'done', id, outcome, index, lamport, rests };
}

/** The reply to a call; `behind` when an earlier call is missing, so that the caller sends them again. */
export function callReply(
  machine: Machine,
  channel: { readonly from: string; readonly historyId: string },
  number: number,
): (id: string) => Reply {
  const result = machine.incoming.get(channelOf(channel.from, channel.historyId))?.results.get(number);
  if (result === undefined) return (id) => ({ type: 'unserved', id, reason: 'behind' });
  const { outcome, index, lamport } = result;
  return (id) => ({ type: 'done', id, outcome, index, lamport, rests: [] });
}

export function hasOutcome(result: Result): result is Result & { readonly outcome: Outcome } {
  return result.outcome !== undefined;
}

function answerWriters(turn: ReplicaTurn, leading: PrimaryState, uuid: string, { result, unserved }: Applied): void {
  const pending = leading.pending.get(uuid);
  if (pending === undefined) return;
  const isOther = result !== undefined && result.digest !== pending.digest;
  const reason = isOther ? 'reused' : unserved;
  if (reason === undefined && (result === undefined || !hasOutcome(result))) return;
  const pendingSize = leading.pendingSize - pending.size;
  turn.draft.leading = { ...leading, pending: leading.pending.delete(uuid), pendingSize };
  for (const requester of pending.requesters) {
    if (reason !== undefined) reply(turn, requester, { type: 'unserved', id: requester.id, reason });
    else if (result !== undefined && hasOutcome(result)) reply(turn, requester, resultReply(requester.id, result));
  }
}

function answerCallers(turn: ReplicaTurn, leading: PrimaryState, key: string, replyTo: (id: string) => Reply): void {
  const requesters = leading.called.get(key);
  if (requesters === undefined) return;
  turn.draft.leading = { ...leading, called: leading.called.delete(key) };
  for (const requester of requesters) reply(turn, requester, replyTo(requester.id));
}
