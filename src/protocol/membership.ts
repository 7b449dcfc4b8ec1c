import { type Configuration, dataVoters, demote, members, promote } from './configuration.ts';
import { rest } from './allegiance.ts';
import { assert } from './assert.ts';
import { freshProgress, isStalled, propose } from './lead.ts';
import { configurationIndex, configurationOfLog, lastIndex } from './log.ts';
import { hearsQuorum, leaveOffice, update } from './office.ts';
import type { NodeId } from './epoch.ts';
import type { Progress, Tenure } from './replica.ts';
import { isPlanted, note, type Turn } from './turn.ts';

/**
 * Keeps the configuration true: a data server that is dead or hopelessly behind loses its vote, so that it stalls no
 * write; one that has come back, caught up and stayed gets it again (PROTOCOL §5). One change at a time, each safe in
 * the log before the next is proposed. Witnesses keep their votes: those are what lets N−1 data servers die.
 */
export function reconfigure(turn: Turn): void {
  const { draft } = turn;
  if (draft.tenure === undefined) return;
  observePeers(turn, draft.tenure);
  const { tenure } = draft;
  const own = tenure.progress[draft.identity.nodeId];
  if (own !== undefined && isStalled(turn, own)) {
    // Its own disk hangs: it can make nothing visible, and its next campaign waits for that disk.
    leaveOffice(turn, 'stalled');
    return rest(turn);
  }
  if (!mayPropose(turn, tenure)) return;
  const configuration = configurationOfLog(draft.log);

  const leaving = dataVoters(configuration).find(
    ({ nodeId }) => mustLeave(turn, tenure, nodeId) && canServe(turn, tenure, demote(configuration, nodeId)),
  );
  if (leaving !== undefined)
    return change(turn, tenure, 'remove', leaving.nodeId, demote(configuration, leaving.nodeId));
  const returning = configuration.learners.find(
    ({ nodeId }) => mayReturn(turn, tenure, nodeId) && canServe(turn, tenure, promote(configuration, nodeId)),
  );
  if (returning !== undefined) {
    change(turn, tenure, 'readmit', returning.nodeId, promote(configuration, returning.nodeId));
  }
}

/**
 * A configuration counts once it is appended, so one whose quorum is not heard would end this office and bring nobody else
 * into it: with B's disk stuck and the witness dead, A and B lead on; A and the dead witness alone could not even vote.
 */
function canServe(turn: Turn, tenure: Tenure, configuration: Configuration): boolean {
  return hearsQuorum(turn, tenure, turn.hosted.settings.quorumWithin, configuration);
}

/** Both the newest configuration and an entry of this epoch must be safe first, or two changes could elect two. */
function mayPropose(turn: Turn, tenure: Tenure): boolean {
  if (isPlanted(turn, 'M21')) return true;
  return tenure.raftCommit >= tenure.first && tenure.raftCommit >= configurationIndex(turn.draft.log);
}

function change(
  turn: Turn,
  tenure: Tenure,
  what: 'remove' | 'readmit',
  nodeId: NodeId,
  configuration: Configuration,
): void {
  // Quorums of two configurations that follow each other share a vote only while each change is of one vote.
  const member = members(configuration).find((other) => other.nodeId === nodeId);
  assert(member?.votes === 1, 'a data server has one vote');
  const progress = tenure.progress[nodeId];
  note(turn, { type: 'proposes', change: what, nodeId, configuration });
  if (progress !== undefined) {
    const flaps = what === 'readmit' ? progress.flaps + 1 : progress.flaps;
    update(turn, tenure, nodeId, { ...progress, flaps, steadySince: undefined, laggingSince: undefined });
  }
  if (turn.draft.tenure !== undefined) propose(turn, turn.draft.tenure, [{ type: 'configuration', configuration }]);
}

/** A primary never removes itself: it hands over first. */
function mustLeave(turn: Turn, tenure: Tenure, nodeId: NodeId): boolean {
  const { now, hosted, draft } = turn;
  const progress = tenure.progress[nodeId];
  if (nodeId === draft.identity.nodeId || progress === undefined) return false;
  const isDead = now.millis - progress.heardAt >= hosted.settings.removeAfter;
  if (isStalled(turn, progress)) return true;
  const isLost = progress.laggingSince !== undefined && now.millis - progress.laggingSince >= hosted.settings.lagFor;
  return isDead || isLost;
}

function mayReturn(turn: Turn, tenure: Tenure, nodeId: NodeId): boolean {
  const { now, hosted, draft } = turn;
  const progress = tenure.progress[nodeId];
  if (progress?.steadySince === undefined || progress.match < draft.commit) return false;
  const patience = hosted.settings.readmitAfter * 2 ** Math.min(progress.flaps, 6);
  return now.millis - progress.steadySince >= patience;
}

/** Notes since when each peer has been steady, or too far behind; adds peers that the configuration has gained. */
function observePeers(turn: Turn, tenure: Tenure): void {
  const { draft, now } = turn;
  let changed: Record<NodeId, Progress> | undefined;
  for (const { nodeId } of members(configurationOfLog(draft.log))) {
    const known = tenure.progress[nodeId];
    const next = known === undefined ? freshProgress(turn, now.millis) : observed(turn, known);
    if (next !== known) changed = { ...(changed ?? tenure.progress), [nodeId]: next };
  }
  if (changed !== undefined) draft.tenure = { ...tenure, progress: changed };
}

function observed(turn: Turn, progress: Progress): Progress {
  const { draft, now, hosted } = turn;
  const { suspectAfter, batchAtMost, lagAtMost } = hosted.settings;
  const lag = lastIndex(draft.log) - progress.match;
  const isSteady = now.millis - progress.heardAt <= suspectAfter && lag <= batchAtMost;
  const isLagging = lag > lagAtMost;
  const stalledSince = lag > 0 ? (progress.stalledSince ?? now.millis) : undefined;
  const steadySince = isSteady ? (progress.steadySince ?? now.millis) : undefined;
  const laggingSince = isLagging ? (progress.laggingSince ?? now.millis) : undefined;
  const isSame =
    steadySince === progress.steadySince &&
    stalledSince === progress.stalledSince &&
    laggingSince === progress.laggingSince;
  return isSame ? progress : { ...progress, steadySince, stalledSince, laggingSince };
}
