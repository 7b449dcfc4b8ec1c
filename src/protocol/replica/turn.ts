import type { Address } from '../model/address.ts';
import { laterLamport } from '../model/counters.ts';
import type { DiskOperation, Effect, FreeEffect, Moment, Note } from '../model/effects.ts';
import type { NodeId } from '../model/epoch.ts';
import type { Message, Reply } from '../model/messages.ts';
import type { PlantedBug } from '../model/mutants.ts';
import type { HostedApp, Replica, Requester } from './replica.ts';

/** A replica while a step is under way: copied once, assigned to, and not visible outside before the step ends. */
type Draft = { -readonly [Key in keyof Replica]: Replica[Key] };

/** The turn of one replica: context, draft state, and effects. All sub-reducers work on one. */
export interface ReplicaTurn {
  readonly hosted: HostedApp;
  readonly now: Moment;
  readonly draft: Draft;
  readonly effects: Effect[];
  /** Replies of this step, gathered into one message per address. */
  readonly replies: { readonly to: Address; readonly items: Reply[] }[];
}

export function newTurn(hosted: HostedApp, replica: Replica, now: Moment): ReplicaTurn {
  return { hosted, now, draft: { ...replica }, effects: [], replies: [] };
}

/** Sends a message to this group's replica on `node`, which may be this replica. */
export function tell(turn: ReplicaTurn, node: NodeId, message: Message): void {
  turn.effects.push(telling(turn, node, message));
}

/** The same as an effect, for the `then` of a persist. */
export function telling(turn: ReplicaTurn, node: NodeId, message: Message): FreeEffect {
  return sending({ node, unit: turn.draft.identity.group }, message);
}

export function sending(to: Address, message: Message): FreeEffect {
  return { type: 'send', to, message };
}

/**
 * Persists `operations`, then releases `then`. Every message that promises something goes through here, even with
 * nothing new to write: it waits for the writes under way.
 */
export function persist(turn: ReplicaTurn, operations: readonly DiskOperation[], then: readonly FreeEffect[]): void {
  turn.effects.push({ type: 'persist', operations, then });
}

export function note(turn: ReplicaTurn, what: Note): void {
  turn.effects.push({ type: 'note', note: what });
}

/** Answers a request; all answers of a step to one address leave in one message. */
export function reply(turn: ReplicaTurn, requester: Requester, item: Reply): void {
  const batch = turn.replies.find(({ to }) => to.node === requester.address.node && to.unit === requester.address.unit);
  if (batch === undefined) turn.replies.push({ to: requester.address, items: [item] });
  else batch.items.push(item);
}

/** A Lamport time of another group or of a client's session: the next entry exceeds it (PROTOCOL §7.7). */
export function hearLamport(turn: ReplicaTurn, lamport: number): void {
  const { draft } = turn;
  const isTaken = planted(turn, 'takes-any-lamport-time');
  draft.lamport = isTaken ? Math.max(draft.lamport, lamport) : laterLamport(draft.lamport, lamport);
}

export function planted(turn: ReplicaTurn, bug: PlantedBug): boolean {
  return turn.hosted.planted.has(bug);
}

/** Ends the turn: gathered replies become messages. */
export function finish(turn: ReplicaTurn): [Replica, readonly Effect[]] {
  const { draft, effects } = turn;
  for (const { to, items } of turn.replies) {
    effects.push(
      sending(to, {
        type: 'replies',
        epoch: draft.promised,
        primary: draft.leading === undefined ? draft.election.primary : draft.identity.nodeId,
        historyId: draft.identity.historyId,
        items,
      }),
    );
  }
  return [draft, effects];
}
