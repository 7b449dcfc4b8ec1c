import { dataVoters } from '../model/configuration.ts';
import type { Epoch, NodeId } from '../model/epoch.ts';
import { configurationOfLog } from '../model/log.ts';
import type { Settings } from '../model/settings.ts';
import { isMute, isUnfit } from './ability.ts';
import { hearsLiveQuorum, stepDown } from './check-quorum.ts';
import { isCredible } from './known-nodes.ts';
import { isLeavingItself } from './lifecycle.ts';
import { ownVoter, type Phase, type Replica } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

// Follower state: current primary, promise, and election timeout.

/** A hint that a node is dead: acts as if it had been silent long enough. Never counted towards anything. */
export function suspect(turn: ReplicaTurn, nodeId: NodeId): void {
  const { election } = turn.draft;
  if (election.suspected.includes(nodeId)) return;
  turn.draft.election = { ...election, suspected: [...election.suspected, nodeId] };
  note(turn, { type: 'suspects', nodeId });
  if (election.primary !== nodeId || turn.draft.leading !== undefined) return;
  turn.draft.election = { ...turn.draft.election, heardAt: undefined };
  if (election.phase.type === 'resting') standIn(turn, 0);
}

/** Any message is a sign of life. */
export function hear(turn: ReplicaTurn, nodeId: NodeId): void {
  const { election } = turn.draft;
  if (!election.suspected.includes(nodeId)) return;
  turn.draft.election = { ...election, suspected: election.suspected.filter((other) => other !== nodeId) };
}

/** The primary of the promised epoch was heard: no election is needed. */
export function follow(turn: ReplicaTurn, primary: NodeId): void {
  const { draft, now } = turn;
  const { election } = draft;
  const isNew = election.primary !== primary;
  if (isNew) note(turn, { type: 'follows', primary, epoch: draft.promised });
  const lastPrimary = isNew ? { primary, since: now.millis } : election.lastPrimary;
  // A primary that hands over to this replica sends heartbeats until it steps down.
  const isAcceptingTransfer = election.phase.type === 'asking' && election.phase.transfer;
  const phase: Phase = isAcceptingTransfer ? election.phase : { type: 'resting' };
  draft.election = { ...election, primary, heardAt: now.millis, phase, lastPrimary };
  standIn(turn, turn.hosted.settings.electAfter);
}

/**
 * Promises `epoch`: nothing older is accepted from now on. The caller persists the promise before it sends any answer.
 */
export function promise(turn: ReplicaTurn, epoch: Epoch): void {
  const { draft } = turn;
  stepDown(turn, draft.leading?.transfer?.to === epoch.nodeId ? 'handed-over' : 'outdated');
  draft.promised = epoch;
  draft.agreed = draft.commit;
  draft.election = {
    ...draft.election,
    primary: undefined,
    heardAt: undefined,
    phase: { type: 'resting' },
    counter: Math.max(draft.election.counter, epoch.counter),
  };
  standIn(turn, turn.hosted.settings.electAfter);
}

/** Becomes a follower: ends any candidacy, waits for a primary, and stands again after the election timeout. */
export function becomeFollower(turn: ReplicaTurn): void {
  changePhase(turn, { type: 'resting' });
  standIn(turn, turn.hosted.settings.electAfter);
}

/**
 * Ends the candidacy of a replica that is no voter. An append, a truncation or a full copy may have changed that: a
 * removed server would otherwise win with the votes of others, and be primary of a group it is not in.
 */
export function standOnlyAsVoter(turn: ReplicaTurn): void {
  const { election, leading } = turn.draft;
  const stands = election.standAt !== undefined || election.phase.type !== 'resting';
  if (leading === undefined && stands !== isElectable(turn)) becomeFollower(turn);
}

/** Whether this replica may stand: a data server that is a voter in its own newest configuration. */
export function isElectable(turn: ReplicaTurn): boolean {
  if (turn.draft.identity.kind !== 'data' || (planted(turn, 'never-leads-when-mute') && isMute(turn))) return false;
  return ownVoter(turn.draft) !== undefined || planted(turn, 'campaigns-as-learner');
}

/**
 * Sets the election timeout: `after`, a `rankDelay` for every data server of higher rank without a hint, and jitter. So
 * the highest rank alive normally wins, and no two keep colliding. A leaving, mute or diverged node stands last.
 */
export function standIn(turn: ReplicaTurn, after: number): void {
  const { draft, now, hosted } = turn;
  const { rankDelay, jitter } = hosted.settings;
  const own = isElectable(turn) ? ownVoter(draft) : undefined;
  const { primary, suspected } = draft.election;
  const isLast = isLeavingItself(turn) || isUnfit(turn);
  const higher = dataVoters(configurationOfLog(draft.log)).filter(
    ({ nodeId, rank }) =>
      own !== undefined &&
      (rank > own.rank || (isLast && nodeId !== own.nodeId)) &&
      nodeId !== primary &&
      !suspected.includes(nodeId),
  );
  const wait = after + higher.length * rankDelay + Math.floor(now.chance * jitter);
  const standAt = isElectable(turn) ? now.millis + wait : undefined;
  draft.election = { ...draft.election, standAt };
}

/** Whether there is a primary as far as this replica knows: itself, or one heard recently and without a hint. */
export function hearsPrimary({ draft, now, hosted }: ReplicaTurn): boolean {
  return hearsPrimaryAt(draft, hosted.settings, now.millis);
}

/** The same of a replica outside of a turn, at `millis` of its node's clock. */
export function hearsPrimaryAt(
  replica: Pick<Replica, 'log' | 'identity' | 'leading' | 'election'>,
  settings: Pick<Settings, 'suspectAfter' | 'quorumWithin' | 'electAfter'>,
  millis: number,
): boolean {
  const { leading, election } = replica;
  if (leading !== undefined) return hearsLiveQuorum({ draft: replica, now: { millis } }, leading, settings);
  const { primary, heardAt, suspected } = election;
  if (primary === undefined || heardAt === undefined || suspected.includes(primary)) return false;
  return millis - heardAt < settings.electAfter;
}

/** Keeps the epoch counter above every credible epoch heard of; the next campaign exceeds it. */
export function learnCounter(turn: ReplicaTurn, from: NodeId, epoch: Epoch): void {
  const { election } = turn.draft;
  if (epoch.counter > election.counter && isCredible(turn, from, epoch))
    turn.draft.election = { ...election, counter: epoch.counter };
}

export function changePhase(turn: ReplicaTurn, phase: Phase): void {
  turn.draft.election = { ...turn.draft.election, phase };
}
