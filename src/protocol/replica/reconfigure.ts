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
import { configurationOfLog } from '../model/log.ts';
import { isStalled, stepDown } from './check-quorum.ts';
import { canServe, type Change, change, mayPropose } from './configuration-change.ts';
import { becomeFollower } from './follower.ts';
import { isGone, isLeaving } from './lifecycle.ts';
import { isSteadyFor, observePeers } from './peer-progress.ts';
import type { PrimaryState } from './replica.ts';
import { planted, type ReplicaTurn } from './turn.ts';
import { haveTheirVotes, nextWitnessVote } from './witness-votes.ts';

/**
 * Keeps the configuration true: to who lives, and to what the directory says is wanted (PROTOCOL §5). One change at a time,
 * each safe in the log before the next is proposed, in this order: whoever stalls or leaves loses its vote, whoever is gone
 * for good is forgotten, witnesses get the votes they are to have, newcomers are let in, and those who have caught up vote.
 * Only the first, for which writes wait, is looked for in every step; the others if it is time to look.
 */
export function reconfigure(turn: ReplicaTurn, looks: boolean): void {
  const { draft } = turn;
  if (draft.leading === undefined) return;
  observePeers(turn, draft.leading);
  const { leading } = draft;
  const own = leading.progress[draft.identity.nodeId];
  if (own !== undefined && isStalled(turn, own)) {
    // Its own disk hangs: it can make nothing visible, and its next campaign waits for that disk.
    stepDown(turn, 'stalled');
    return becomeFollower(turn);
  }
  // While the lead is handed over the log stands still, so that the next primary has all of it.
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
 * The data voter that must lose its vote, so that it stalls no write: dead, hopelessly behind, or leaving (PROTOCOL §5.3). A
 * primary never removes itself: it hands over first.
 */
function whoLeaves(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): Change | undefined {
  const leaving = dataVoters(configuration).find(
    (member) =>
      member.nodeId !== turn.draft.identity.nodeId &&
      (isLeaving(turn, member) || isUseless(turn, leading, member.nodeId)) &&
      canServe(turn, leading, demote(configuration, member.nodeId)),
  );
  if (leaving === undefined) return undefined;
  return { what: 'remove', nodeId: leaving.nodeId, configuration: demote(configuration, leaving.nodeId) };
}

/** The learner that never comes back under this disk: nothing counts on it, so nothing need be safe but what is. */
function whoIsDropped(turn: ReplicaTurn, configuration: Configuration): Change | undefined {
  const gone = configuration.learners.find((member) => isGone(turn, member));
  return gone && { what: 'drop', nodeId: gone.nodeId, configuration: drop(configuration, gone.nodeId) };
}

function isUseless(turn: ReplicaTurn, leading: PrimaryState, nodeId: NodeId): boolean {
  const { draft, now, hosted } = turn;
  const progress = leading.progress[nodeId];
  if (progress === undefined) return false;
  const { suspectAfter, removeAfter } = hosted.settings;
  const isSuspect = draft.election.suspected.includes(nodeId);
  const isDead = now.millis - progress.heardAt >= (isSuspect ? Math.min(suspectAfter, removeAfter) : removeAfter);
  const isLost = progress.laggingSince !== undefined && now.millis - progress.laggingSince >= hosted.settings.lagFor;
  return isDead || isLost || isStalled(turn, progress);
}

/** Somebody the directory knows and the configuration does not: becomes a learner, which no vote depends on (PROTOCOL §5.7). */
function whoIsAdmitted(turn: ReplicaTurn, configuration: Configuration): Change | undefined {
  const newcomer = turn.draft.services.find(
    ({ nodeId, standing }) => standing === 'member' && memberOf(configuration, nodeId) === undefined,
  );
  if (newcomer === undefined) return undefined;
  const learner = learnerOf(newcomer, configuration);
  return { what: 'admit', nodeId: learner.nodeId, configuration: admit(configuration, learner) };
}

/**
 * The data server that gets a vote: it has caught up and stayed (PROTOCOL §5.4), and the witnesses have the votes that one
 * more data server asks for. Otherwise N−1 deaths at once could be too many just after it has come.
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

/** A newcomer ranks below everybody, so that it takes no lead from those who have served all along. */
function learnerOf({ nodeId, diskId, kind }: ServiceEntry, configuration: Configuration): Member {
  if (kind === 'frontend') return { nodeId, diskId, kind: 'witness', votes: 1, rank: 0 };
  const ranks = members(configuration).flatMap((member) => (member.kind === 'data' ? [member.rank] : []));
  return { nodeId, diskId, kind: 'data', votes: 1, rank: Math.min(...ranks) - 1 };
}

function isReady(turn: ReplicaTurn, leading: PrimaryState, learner: Member): boolean {
  const { hosted, draft } = turn;
  const { admitAfter, readmitAfter } = hosted.settings;
  const progress = leading.progress[learner.nodeId];
  if (learner.kind !== 'data' || progress === undefined) return false;
  // What is visible here is not all that predecessors have acknowledged, before an entry of this epoch is.
  const known = Math.max(draft.commit, leading.first);
  if (progress.match < known && !planted(turn, 'promotes-learner-that-lacks-entries')) return false;
  // A new primary does not know who has never voted before, and is careful with everybody.
  const patience = progress.isNew ? admitAfter : readmitAfter * 2 ** Math.min(progress.flaps, 6);
  return isSteadyFor(turn, progress, patience) && !isLeaving(turn, learner);
}
