import { members } from '../model/configuration.ts';
import type { Input } from '../model/effects.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationOfLog } from '../model/log.ts';
import type { LogMessage, StateHash } from '../model/messages.ts';
import { update } from './check-quorum.ts';
import type { PrimaryState, Progress } from './primary-state.ts';
import type { Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

/*
 * Replicas compare their states (PROTOCOL §11.8): each data server tells the hash of its state at an index that the
 * primary names. The primary finds out who has another one. What has diverged serves nothing until a full copy has
 * replaced its state.
 */

/** Hashes kept: a peer's may be of an earlier comparison than this primary's newest. */
const KEPT_AT_MOST = 4;

/** Comparisons are this many times as far apart as the last hash took to make: hashing takes 2 % of a core at most. */
const SPARING = 50;

/** Milliseconds from one comparison to the next; peers have as long to answer. */
export function comparisonPause({ draft, hosted }: ReplicaTurn): number {
  return Math.max(hosted.settings.compareEvery, SPARING * draft.hashMillis);
}

/** A comparison is under way: the state at `index` is hashed, now or when it is reached. One that is past is not. */
export function hashAtEntry(turn: ReplicaTurn, index: number): void {
  const { draft } = turn;
  const { machine } = draft;
  if (machine === undefined || draft.comparing === index) return;
  draft.comparing = index;
  if (machine.at.index === index) turn.effects.push({ type: 'hash', index, machine });
}

/** The hash of the own state has been made. */
export function takeHash(
  turn: ReplicaTurn,
  { index, version, hash, millis = 0 }: Extract<Input, { type: 'hashed' }>,
): void {
  const { draft } = turn;
  const others = draft.hashes.filter((known) => known.index < index);
  draft.hashes = [...others, { index, version, hash }].slice(-KEPT_AT_MOST);
  draft.hashMillis = millis;
  judgeStates(turn);
}

/** What a data server says of its state with `heard`. */
export function statesSaid({
  hashes,
  diverged,
  snapshot,
}: Pick<Replica, 'hashes' | 'diverged' | 'snapshot'>): Pick<
  Extract<LogMessage, { type: 'heard' }>,
  'hashed' | 'diverged'
> {
  const hashed = hashes.at(-1);
  return {
    ...(hashed === undefined ? {} : { hashed }),
    // The disk keeps no snapshot behind a later one.
    ...(diverged === undefined ? {} : { diverged: Math.max(diverged, snapshot.base.index) }),
  };
}

/** The primary says that the own state has diverged: true if the own hash there is another one. */
export function hearDivergence(turn: ReplicaTurn, told: StateHash | undefined): void {
  const { draft } = turn;
  if (told === undefined || draft.diverged !== undefined || told.index <= draft.copiedAt) return;
  const own = hashAt(draft, told.index);
  if (own === undefined || isSame(own, told)) return;
  draft.diverged = told.index;
  const { index, hash } = own;
  note(turn, { type: 'diverged', nodeId: draft.identity.nodeId, index, hash, expected: told.hash });
}

/** A full copy of entry `index` has replaced the own state: what was known of the one before counts no more. */
export function startAfresh(draft: ReplicaTurn['draft'], index: number): void {
  draft.diverged = undefined;
  draft.copiedAt = index;
  draft.hashes = [];
  draft.comparing = undefined;
  draft.versions = [];
}

/** Whether a peer's state is known to have diverged, and not yet known to be right again. */
export function isDiverged({ diverged, differs }: Progress): boolean {
  return diverged !== undefined || differs !== undefined;
}

/** Whether a peer had the same state as this replica where that had diverged. */
export function isWrongAsWell(replica: Pick<Replica, 'hashes' | 'diverged'>, { hashed }: Progress): boolean {
  if (replica.diverged === undefined || hashed?.index !== replica.diverged) return false;
  const own = hashAt(replica, replica.diverged);
  return own !== undefined && isSame(own, hashed);
}

/**
 * Compares the hashes at this primary's last comparison, each of that very index. Peers that have the primary's are
 * right. Of the others it is decided once all that are heard have told theirs, or have had the time to:
 * - more than half of the states compared are another one, and equal: the primary's own has diverged;
 * - otherwise those of the peers have.
 */
export function judgeStates(turn: ReplicaTurn): void {
  const { draft, now } = turn;
  const { leading } = draft;
  if (leading?.compared === undefined || draft.diverged !== undefined) return;
  const own = hashAt(draft, leading.compared.index);
  if (own === undefined) return;
  const told = new Map<NodeId, StateHash>();
  for (const nodeId of dataPeers(draft)) {
    const hashed = leading.progress[nodeId]?.hashed;
    const isAtSameIndex = hashed?.index === own.index || planted(turn, 'compares-hashes-of-different-indexes');
    if (hashed !== undefined && isAtSameIndex) told.set(nodeId, hashed);
  }
  for (const [nodeId, hashed] of told) if (isSame(hashed, own)) setDiffers(turn, nodeId, undefined);
  const differing = [...told].filter(([, hashed]) => !isSame(hashed, own));
  const isOver = now.millis - leading.compared.at >= comparisonPause(turn);
  if (differing.length === 0 || !(isOver || isAnswered(turn, leading, own.index))) return;
  const of = told.size + 1;
  const sizeOf = (one: StateHash): number => differing.filter(([, other]) => isSame(one, other)).length;
  const most = differing
    .map(([, hashed]) => hashed)
    .reduce((one, other) => (sizeOf(other) > sizeOf(one) ? other : one));
  if (sizeOf(most) * 2 > of) {
    draft.diverged = own.index;
    const { nodeId } = draft.identity;
    const { index, hash } = own;
    return note(turn, { type: 'diverged', nodeId, index, hash, expected: most.hash, agree: sizeOf(most), of });
  }
  const agree = of - differing.length;
  for (const [nodeId, { hash }] of differing) {
    if (!setDiffers(turn, nodeId, own)) continue;
    note(turn, { type: 'diverged', nodeId, index: own.index, hash, expected: own.hash, agree, of });
  }
}

/** Whether every data server that is heard, and able, has told its hash at `index`, or a later one. */
export function isAnswered({ draft, now, hosted }: ReplicaTurn, { progress }: PrimaryState, index: number): boolean {
  return dataPeers(draft).every((nodeId) => {
    const peer = progress[nodeId];
    if (peer === undefined || peer.code?.isMute === true) return true;
    if (now.millis - peer.heardAt > hosted.settings.suspectAfter) return true;
    return (peer.hashed?.index ?? 0) >= index;
  });
}

/** The other data servers of the newest configuration. */
export function dataPeers({ log, identity }: Pick<Replica, 'log' | 'identity'>): readonly NodeId[] {
  return members(configurationOfLog(log)).flatMap(({ nodeId, kind }) =>
    kind === 'data' && nodeId !== identity.nodeId ? [nodeId] : [],
  );
}

/** Returns whether the peer was not known to differ. */
function setDiffers(turn: ReplicaTurn, nodeId: NodeId, differs: StateHash | undefined): boolean {
  const { leading } = turn.draft;
  const progress = leading?.progress[nodeId];
  if (leading === undefined || progress === undefined || progress.differs?.index === differs?.index) return false;
  update(turn, leading, nodeId, { ...progress, differs });
  return progress.differs === undefined;
}

/** The hash of the own state at `index`, where it is still known. */
export function hashAt({ hashes }: Pick<Replica, 'hashes'>, index: number): StateHash | undefined {
  return hashes.find((known) => known.index === index);
}

function isSame(one: StateHash, other: StateHash): boolean {
  return one.hash === other.hash && one.version === other.version;
}
