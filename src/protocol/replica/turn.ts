import { type Address, FRONT_END, isSameAddress } from '../model/address.ts';
import { primaryTime } from '../model/clocks.ts';
import { COUNTER_AT_MOST, laterLamport } from '../model/counters.ts';
import type { DiskOperation, Effect, FreeEffect, Moment, Note } from '../model/effects.ts';
import type { NodeId } from '../model/epoch.ts';
import type { Message, Reply } from '../model/messages.ts';
import type { PlantedBug } from '../model/mutants.ts';
import { weighOutcome } from '../model/weigh.ts';
import type { Requester } from './primary-state.ts';
import type { HostedApp, Replica } from './replica.ts';

/** A replica while a step is under way: copied once, assigned to, and not visible outside before the step ends. */
type Draft = { -readonly [Key in keyof Replica]: Replica[Key] };

/** The turn of one replica: context, draft state, and effects. All sub-reducers work on one. */
export interface ReplicaTurn {
  readonly hosted: HostedApp;
  readonly now: Moment;
  readonly draft: Draft;
  readonly effects: Effect[];
  /** Replies of this step, gathered into one message per address. */
  readonly replies: RepliesTo[];
}

/** Replies to one address, by way of it to `origin`, and the bytes of their outcomes. */
interface RepliesTo {
  readonly to: Address;
  readonly origin: Address | undefined;
  readonly items: Reply[];
  size: number;
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

/** Bytes of an outcome from which on it waits until little waits for its front end. */
const LONG_FROM = 4_096;

/**
 * Answers a request; all answers of a step to one address leave in one message. `size`: bytes of the outcome, where they
 * are known. An outcome for a front end is
 * - `too-large` where it alone is longer than may be sent;
 * - `busy`, so asked for again, where it does not fit beside the others of this step, or is long while much waits for
 *   the link.
 */
export function reply(turn: ReplicaTurn, requester: Requester, item: Reply, size?: number): void {
  const { address, origin } = requester;
  let batch = turn.replies.find((other) => isSameAddress(other.to, address) && isSameAddress(other.origin, origin));
  if (batch === undefined) {
    batch = { to: address, origin, items: [], size: 0 };
    turn.replies.push(batch);
  }
  const { answerSizeAtMost } = turn.hosted.settings;
  // A call must get its outcome: apply bounds those.
  if (item.type !== 'done' || (origin ?? address).unit !== FRONT_END || planted(turn, 'sends-outcomes-of-any-size')) {
    return void batch.items.push(item);
  }
  const isSlow = turn.draft.backlogged.includes(address.node);
  const weight = size ?? weighOutcome(item.outcome, answerSizeAtMost);
  if (weight > answerSizeAtMost) batch.items.push({ type: 'unserved', id: item.id, reason: 'too-large' });
  else if ((batch.size > 0 && batch.size + weight > answerSizeAtMost) || (weight > LONG_FROM && isSlow)) {
    batch.items.push({ type: 'unserved', id: item.id, reason: 'busy' });
  } else {
    batch.items.push(item);
    batch.size += weight;
  }
}

/**
 * A Lamport time of another group or of a client's session: the next entry exceeds it (PROTOCOL §7.7). Returns whether it
 * does; a time too far ahead is gone towards, and what came with it must be asked for again.
 */
export function hearLamport(turn: ReplicaTurn, lamport: number): boolean {
  const { draft } = turn;
  const isTaken = planted(turn, 'takes-any-lamport-time');
  draft.lamport = isTaken ? Math.max(draft.lamport, lamport) : laterLamport(draft.lamport, lamport);
  return draft.lamport >= Math.min(lamport, COUNTER_AT_MOST) || planted(turn, 'takes-call-it-cannot-follow');
}

export function planted(turn: ReplicaTurn, bug: PlantedBug): boolean {
  return turn.hosted.planted.has(bug);
}

/** The version of the own state, as it is told to front ends: absent for 1. */
export function versionSaid({ machine }: Pick<Replica, 'machine'>): { readonly version?: number } {
  return machine === undefined || machine.version === 1 ? {} : { version: machine.version };
}

/** Ends the turn: gathered replies become messages. */
export function finish(turn: ReplicaTurn): [Replica, readonly Effect[]] {
  const { draft, effects } = turn;
  for (const { to, origin, items } of turn.replies) {
    const said = {
      epoch: draft.promised,
      primary: draft.leading === undefined ? draft.election.primary : draft.identity.nodeId,
      historyId: draft.identity.historyId,
      items,
    };
    const time = draft.leading === undefined ? undefined : Math.floor(primaryTime(draft.leading, turn.now.millis));
    const message: Message =
      origin === undefined
        ? { type: 'replies', time, ...versionSaid(draft), ...said }
        : { type: 'relayed', origin, ...said };
    effects.push(sending(to, message));
  }
  return [draft, effects];
}
