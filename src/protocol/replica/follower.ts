import { dataVoters } from '../model/configuration.ts';
import type { Epoch, NodeId } from '../model/epoch.ts';
import { configurationOfLog } from '../model/log.ts';
import { hearsQuorum, stepDown } from './check-quorum.ts';
import { isLeavingItself } from './lifecycle.ts';
import { ownVoter, type Phase } from './replica.ts';
import { note, planted, type ReplicaTurn } from './turn.ts';

// Whom this replica has promised itself to, whom it hears, and when it will stand itself.

/** A hint that a node is dead: acted on as if its silence had lasted long enough. Never counted towards anything. */
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

/** The primary of the promised epoch has spoken: there is nothing to elect. */
export function follow(turn: ReplicaTurn, primary: NodeId): void {
  const { draft, now } = turn;
  const { election } = draft;
  const isNew = election.primary !== primary;
  if (isNew) note(turn, { type: 'follows', primary, epoch: draft.promised });
  const lastPrimary = isNew ? { primary, since: now.millis } : election.lastPrimary;
  // Whoever is handing over to this replica goes on with its heartbeats until it has been relieved.
  const isAcceptingTransfer = election.phase.type === 'asking' && election.phase.transfer;
  const phase: Phase = isAcceptingTransfer ? election.phase : { type: 'resting' };
  draft.election = { ...election, primary, heardAt: now.millis, phase, lastPrimary };
  standIn(turn, turn.hosted.settings.electAfter);
}

/** Promises `epoch`: nothing older is taken from now on. The caller persists the promise before it tells anybody. */
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

/** Gives up what is under way, if anything, and waits for a primary; then stands again. */
export function becomeFollower(turn: ReplicaTurn): void {
  changePhase(turn, { type: 'resting' });
  standIn(turn, turn.hosted.settings.electAfter);
}

/**
 * Only a voter stands. An append, a truncation or a full copy may have made this replica one, or unmade it: a server that
 * was removed while it waited to stand would otherwise win with the votes of others, and then lead a group it is not in.
 */
export function standOnlyAsVoter(turn: ReplicaTurn): void {
  const { election, leading } = turn.draft;
  const stands = election.standAt !== undefined || election.phase.type !== 'resting';
  if (leading === undefined && stands !== isElectable(turn)) becomeFollower(turn);
}

/** Whether this replica may stand: a data server that its own configuration names as a voter. */
export function isElectable(turn: ReplicaTurn): boolean {
  if (turn.draft.identity.kind !== 'data') return false;
  return ownVoter(turn.draft) !== undefined || planted(turn, 'campaigns-as-learner');
}

/**
 * Sets the time to stand: `after`, then a turn for every data server of higher rank that is not known to be dead, so
 * that the highest that lives normally wins, and chance, so that no two keep meeting. Whoever is about to leave stands last.
 */
export function standIn(turn: ReplicaTurn, after: number): void {
  const { draft, now, hosted } = turn;
  const { rankDelay, jitter } = hosted.settings;
  const own = isElectable(turn) ? ownVoter(draft) : undefined;
  const { primary, suspected } = draft.election;
  const isLast = isLeavingItself(turn);
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

/** Whether there is a primary as far as this replica can tell: itself, or one it heard recently and has no hint about. */
export function hearsPrimary(turn: ReplicaTurn): boolean {
  const { draft, now, hosted } = turn;
  if (draft.leading !== undefined) return hearsQuorum(turn, draft.leading, hosted.settings.quorumWithin);
  const { primary, heardAt, suspected } = draft.election;
  if (primary === undefined || heardAt === undefined || suspected.includes(primary)) return false;
  return now.millis - heardAt < hosted.settings.electAfter;
}

/** The next campaign goes beyond every epoch anybody has mentioned. */
export function learnCounter(turn: ReplicaTurn, epoch: Epoch): void {
  const { election } = turn.draft;
  if (epoch.counter > election.counter) turn.draft.election = { ...election, counter: epoch.counter };
}

export function changePhase(turn: ReplicaTurn, phase: Phase): void {
  turn.draft.election = { ...turn.draft.election, phase };
}
