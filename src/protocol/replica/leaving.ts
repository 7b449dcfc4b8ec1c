import { type Change, canServe } from './configuration-change.ts';
import { type Configuration, dataVoters, demote, drop } from '../model/configuration.ts';
import type { NodeId } from '../model/epoch.ts';
import { isStalled } from './check-quorum.ts';
import type { Tenure } from './replica.ts';
import { isGone, isLeaving } from './lifecycle.ts';
import type { Turn } from './turn.ts';

/**
 * The data voter that must lose its vote, so that it stalls no write: dead, hopelessly behind, or leaving (PROTOCOL §5.3). A
 * primary never removes itself: it hands over first.
 */
export function whoLeaves(turn: Turn, tenure: Tenure, configuration: Configuration): Change | undefined {
  const leaving = dataVoters(configuration).find(
    (member) =>
      member.nodeId !== turn.draft.identity.nodeId &&
      (isLeaving(turn, member) || isUseless(turn, tenure, member.nodeId)) &&
      canServe(turn, tenure, demote(configuration, member.nodeId)),
  );
  if (leaving === undefined) return undefined;
  return { what: 'remove', nodeId: leaving.nodeId, configuration: demote(configuration, leaving.nodeId) };
}

/** The learner that never comes back under this disk: nothing counts on it, so nothing need be safe but what is. */
export function whoIsDropped(turn: Turn, configuration: Configuration): Change | undefined {
  const gone = configuration.learners.find((member) => isGone(turn, member));
  return gone && { what: 'drop', nodeId: gone.nodeId, configuration: drop(configuration, gone.nodeId) };
}

function isUseless(turn: Turn, tenure: Tenure, nodeId: NodeId): boolean {
  const { draft, now, hosted } = turn;
  const progress = tenure.progress[nodeId];
  if (progress === undefined) return false;
  const { suspectAfter, removeAfter } = hosted.settings;
  const isSuspect = draft.election.suspected.includes(nodeId);
  const isDead = now.millis - progress.heardAt >= (isSuspect ? Math.min(suspectAfter, removeAfter) : removeAfter);
  const isLost = progress.laggingSince !== undefined && now.millis - progress.laggingSince >= hosted.settings.lagFor;
  return isDead || isLost || isStalled(turn, progress);
}
