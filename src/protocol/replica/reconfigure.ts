import {
  admit,
  type Configuration,
  dataVoters,
  demote,
  drop,
  type Member,
  memberOf,
  members,
  promote,
} from '../model/configuration.ts';
import type { ServiceEntry } from '../model/directory.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationOfLog, lastIndex } from '../model/log.ts';
import { isUnfit, versionBehind } from './ability.ts';
import { isStalled, stepDown } from './check-quorum.ts';
import { isDiverged } from './compared-states.ts';
import { canServe, type Change, change, mayPropose } from './configuration-change.ts';
import { becomeFollower } from './follower.ts';
import { isGone, isLeaving } from './lifecycle.ts';
import { isSteadyFor, observePeers, readmittedAfter } from './peer-progress.ts';
import type { PrimaryState, Progress } from './primary-state.ts';
import { planted, type ReplicaTurn } from './turn.ts';
import { haveTheirVotes, nextWitnessVote } from './witness-votes.ts';

/**
 * Keeps the configuration in line with the nodes alive and with the directory (PROTOCOL §5). One change at a time, each
 * safe before the next is proposed, in this order:
 * 1. a stalled or leaving data voter loses its vote;
 * 2. a learner that never returns is dropped;
 * 3. witnesses get and lose votes;
 * 4. newcomers are admitted;
 * 5. learners that have caught up are promoted.
 *
 * Only the first, which writes wait for, is looked for in every step; the others when `looks`.
 */
export function reconfigure(turn: ReplicaTurn, looks: boolean): void {
  const { draft } = turn;
  if (draft.leading === undefined) return;
  observePeers(turn, draft.leading);
  const { leading } = draft;
  const own = leading.progress[draft.identity.nodeId];
  if (own !== undefined && isStalled(turn, own)) {
    // Its own disk stalls: nothing becomes visible, and its next campaign waits for that disk.
    stepDown(turn, 'stalled');
    return becomeFollower(turn);
  }
  // During a transfer nothing is appended, so that the next primary has the whole log.
  if (leading.transfer !== undefined || !mayPropose(turn, leading)) return;
  const configuration = configurationOfLog(draft.log);
  const next = whoLeaves(turn, leading, configuration) ?? (looks ? whoElse(turn, leading, configuration) : undefined);
  if (next !== undefined) change(turn, leading, next);
}

function whoElse(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): Change | undefined {
  return (
    whoIsDropped(turn, configuration) ??
    nextWitnessVote(turn, leading, configuration) ??
    whoIsAdmitted(turn, configuration) ??
    whoIsPromoted(turn, leading, configuration)
  );
}

/**
 * The data voter that loses its vote, so that no write waits for it: dead, too far behind, stalled, diverged, or leaving
 * (PROTOCOL §5.3). A primary never removes itself: it hands over first. One that is mute, or has diverged, removes only
 * who leaves (PROTOCOL §11.5).
 */
function whoLeaves(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): Change | undefined {
  // No write waits for a voter, and the one that is silent may be the only one that could serve.
  const servesNothing = isUnfit(turn) && !planted(turn, 'takes-votes-when-unfit');
  const leaving = dataVoters(configuration).find(
    (member) =>
      member.nodeId !== turn.draft.identity.nodeId &&
      (isLeaving(turn, member) || (!servesNothing && isUseless(turn, leading, member.nodeId))) &&
      canServe(turn, leading, demote(configuration, member.nodeId), member.nodeId),
  );
  if (leaving === undefined) return undefined;
  return { what: 'remove', nodeId: leaving.nodeId, configuration: demote(configuration, leaving.nodeId) };
}

/** The learner that never returns under this disk. No vote depends on it. */
function whoIsDropped(turn: ReplicaTurn, configuration: Configuration): Change | undefined {
  const gone = configuration.learners.find((member) => isGone(turn, member));
  return gone && { what: 'drop', nodeId: gone.nodeId, configuration: drop(configuration, gone.nodeId) };
}

function isUseless(turn: ReplicaTurn, leading: PrimaryState, nodeId: NodeId): boolean {
  const { now, hosted } = turn;
  const progress = leading.progress[nodeId];
  if (progress === undefined) return false;
  const { slowFor } = hosted.settings;
  const isDead = now.millis - progress.heardAt >= patienceWith(turn, nodeId, progress);
  const isSlow =
    progress.slowSince !== undefined &&
    now.millis - progress.slowSince >= slowFor &&
    !planted(turn, 'keeps-vote-of-slow-disk');
  const isLost = progress.laggingSince !== undefined && now.millis - progress.laggingSince >= hosted.settings.lagFor;
  return isDead || isLost || isSlow || isDiverged(progress) || isStalled(turn, progress);
}

/**
 * The silence after which a data voter counts as dead. A hint calls a process dead that refuses connections: one that was
 * heard in this epoch has had time for an answer to the last heartbeat. One that was not may still be starting.
 */
function patienceWith(turn: ReplicaTurn, nodeId: NodeId, { isUnheard }: Progress): number {
  const { heartbeatEvery, suspectAfter, removeAfter } = turn.hosted.settings;
  const isHinted = turn.draft.election.suspected.includes(nodeId);
  // One that took no part in the election has been silent for longer than this primary has led.
  const wasSilent = isUnheard && !planted(turn, 'waits-for-those-silent-at-election');
  if (!isHinted && !wasSilent) return removeAfter;
  // Whatever the settings, a peer has time to be heard: a new primary has asked it a moment ago.
  return Math.max(1, Math.min(wasSilent ? suspectAfter : heartbeatEvery, suspectAfter, removeAfter));
}

/** A node of the directory that is not in the configuration: becomes a learner, without a vote (PROTOCOL §5.7). */
function whoIsAdmitted(turn: ReplicaTurn, configuration: Configuration): Change | undefined {
  const newcomer = turn.draft.services.find(
    ({ nodeId, standing }) => standing === 'member' && memberOf(configuration, nodeId) === undefined,
  );
  if (newcomer === undefined) return undefined;
  const learner = learnerOf(newcomer, configuration);
  return { what: 'admit', nodeId: learner.nodeId, configuration: admit(configuration, learner) };
}

/**
 * The data server that is promoted: it has caught up and stayed (PROTOCOL §5.4), and the witnesses have the votes that
 * one more data server requires. Otherwise N−1 deaths at once could be too many just after it joins.
 */
function whoIsPromoted(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): Change | undefined {
  const ready = configuration.learners.find(
    (learner) => isReady(turn, leading, learner) && canServe(turn, leading, promote(configuration, learner.nodeId)),
  );
  if (ready === undefined || !haveTheirVotes(turn, leading, configuration)) return undefined;
  const isNew = leading.progress[ready.nodeId]?.isNew === true;
  return {
    what: isNew ? 'promote' : 'readmit',
    nodeId: ready.nodeId,
    configuration: promote(configuration, ready.nodeId),
  };
}

/** A newcomer ranks below every member, so that it takes leadership from none. */
function learnerOf({ nodeId, diskId, kind }: ServiceEntry, configuration: Configuration): Member {
  if (kind === 'frontend') return { nodeId, diskId, kind: 'witness', votes: 1, rank: 0 };
  const ranks = members(configuration).flatMap((member) => (member.kind === 'data' ? [member.rank] : []));
  return { nodeId, diskId, kind: 'data', votes: 1, rank: Math.min(...ranks) - 1 };
}

/** Whether a peer can apply the log: one that is mute could not lead, and N−1 others may die (PROTOCOL §11.5). */
function hasCode({ draft }: ReplicaTurn, { code }: Progress): boolean {
  const { log, machine } = draft;
  const version = machine === undefined ? 1 : versionBehind(log, machine, lastIndex(log));
  if (version === 1) return code?.isMute !== true;
  return code !== undefined && !code.isMute && code.newest >= version;
}

function isReady(turn: ReplicaTurn, leading: PrimaryState, learner: Member): boolean {
  const { hosted, draft } = turn;
  const { admitAfter } = hosted.settings;
  const progress = leading.progress[learner.nodeId];
  if (learner.kind !== 'data' || progress === undefined || !hasCode(turn, progress)) return false;
  if (isDiverged(progress)) return false;
  // Before an entry of this epoch is visible, earlier primaries may have acknowledged more than this one knows.
  const known = Math.max(draft.commit, leading.first);
  const hasThem = progress.match >= known && progress.matchedIn === progress.livesIn;
  if (!hasThem && !planted(turn, 'promotes-learner-that-lacks-entries')) return false;
  // A new primary does not know which learners have voted before: it treats each as new.
  const patience = progress.isNew ? admitAfter : readmittedAfter(turn, progress);
  const isSuspect = draft.election.suspected.includes(learner.nodeId);
  return isSteadyFor(turn, progress, patience) && !isSuspect && !isLeaving(turn, learner);
}
