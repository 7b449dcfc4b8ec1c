import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { GossipEffect, GossipNote } from './gossip-io.ts';
import { inOrder, mergeServices } from './merge.ts';
import { isAlive, withinBound } from './names.ts';
import { type Gossip, isReachable, ownEntry } from './state.ts';

/** The turn of a gossip step. */
export interface GossipTurn {
  readonly now: Moment;
  readonly draft: { -readonly [Key in keyof Gossip]: Gossip[Key] };
  readonly effects: GossipEffect[];
}

/** Merges what is newer into the directory; returns whether that was more than beats. */
export function learn(turn: GossipTurn, services: readonly ServiceEntry[]): boolean {
  const { draft } = turn;
  const { planted } = draft.fixed;
  const before = new Map(draft.services.map((entry) => [entry.nodeId, entry]));
  const after = mergeServices(draft.services, inOrder(services, planted), planted);
  draft.services = after.length === draft.services.length ? after : withinBound({ ...draft, services: after });
  let isNews = false;
  for (const entry of after) {
    const known = before.get(entry.nodeId);
    if (known === entry) continue;
    const isConfirmed = known !== undefined && draft.hearsay.has(entry.nodeId) && isAlive(known, entry);
    if (isConfirmed) draft.hearsay = draft.hearsay.delete(entry.nodeId);
    rise(turn, known, entry);
    if (known !== undefined && isSameButBeat(known, entry) && !isConfirmed) continue;
    isNews = true;
    noteNews(turn, known, entry);
  }
  if (isNews) tellKnown(turn);
  return isNews;
}

/** Tells the process its directory. */
export function tellKnown({ draft, effects }: GossipTurn): void {
  effects.push({ type: 'known', services: draft.services });
}

/**
 * Obeys a newer entry of this node from elsewhere, in place of `mine`, by ending the process: while it lives it alone
 * describes itself, except that any node may pass its removal on. A higher beat of this same life ends nothing.
 */
export function obey(turn: GossipTurn, mine: ServiceEntry | undefined): void {
  const { draft, effects } = turn;
  const own = ownEntry(draft);
  if (own === undefined || own === mine || draft.dismissed !== undefined) return;
  const { diskId, generation } = draft.fixed.self;
  const isReplaced = own.diskId !== diskId || own.generation !== generation;
  const isRemoved = own.standing === 'removed' && mine?.standing !== 'removed';
  if (!isReplaced && !isRemoved && own.incarnation === draft.incarnation) return;
  draft.dismissed = isReplaced ? 'replaced' : isRemoved ? 'removed' : 'overtaken';
  effects.push({ type: 'dismissed', reason: draft.dismissed });
}

/** Notes nodes that have become unreachable since the last tick. */
export function missSilent(turn: GossipTurn): void {
  const { draft, now } = turn;
  for (const { nodeId, standing } of draft.services) {
    const isGone = isReachable(draft, nodeId, draft.toldAt) && !isReachable(draft, nodeId, now.millis);
    if (isGone) note(turn, { type: 'misses', nodeId, standing });
  }
}

/** Records a beat or incarnation that has risen as a sign of life. A removal by another node is none. */
function rise(turn: GossipTurn, known: ServiceEntry | undefined, entry: ServiceEntry): void {
  const { draft, now } = turn;
  const { nodeId } = entry;
  const isTheSame = known?.diskId === entry.diskId && known.incarnation === entry.incarnation;
  if (isTheSame && entry.beat <= known.beat) return;
  if (known !== undefined && !isReachable(draft, nodeId, now.millis)) note(turn, { type: 'finds', nodeId });
  draft.risenAt = draft.risenAt.set(nodeId, now.millis);
}

function noteNews(turn: GossipTurn, known: ServiceEntry | undefined, entry: ServiceEntry): void {
  const { nodeId, address, standing, diskId } = entry;
  if (known?.diskId !== diskId) note(turn, { type: 'meets', nodeId, address });
  if ((known?.standing ?? 'member') !== standing) note(turn, { type: 'stands', nodeId, standing });
}

function isSameButBeat(one: ServiceEntry, other: ServiceEntry): boolean {
  return (
    one.generation === other.generation &&
    one.diskId === other.diskId &&
    one.incarnation === other.incarnation &&
    one.standing === other.standing &&
    one.address === other.address &&
    one.kind === other.kind
  );
}

function note(turn: GossipTurn, what: GossipNote): void {
  turn.effects.push({ type: 'note', note: what });
}
