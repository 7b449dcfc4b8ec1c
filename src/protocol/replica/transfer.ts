import { dataVoters, type Member } from '../model/configuration.ts';
import { compareLogEnds, type NodeId, sameEpoch } from '../model/epoch.ts';
import { configurationOfLog, lastIndex, logEnd } from '../model/log.ts';
import type { ElectionMessage } from '../model/messages.ts';
import { isUnfit } from './ability.ts';
import { isStalled } from './check-quorum.ts';
import { isDiverged, isWrongAsWell } from './compared-states.ts';
import { isSettled } from './configuration-change.ts';
import { ask } from './election.ts';
import { isElectable } from './follower.ts';
import { isLeaving, isLeavingItself } from './lifecycle.ts';
import { isSteadyFor } from './peer-progress.ts';
import { isPenalisedForTransfers, penaliseTransfersTo } from './penalties.ts';
import type { PrimaryState, Transfer } from './primary-state.ts';
import { ownVoter } from './replica.ts';
import { note, planted, type ReplicaTurn, reply, tell } from './turn.ts';
import { serveHeld } from './writes.ts';

/*
 * Leadership transfer (PROTOCOL §3.9; Raft dissertation §3.10).
 * - The primary holds requests that would lengthen its log until the next one has all of it, and tells it so.
 * - The next one asks for promises as in any election: votes alone make it primary, and until then this one is primary.
 */

/** Orders a transfer: to `to`, or to the best data voter. From an operator, or from a node that leaves. */
export function orderTransfer(turn: ReplicaTurn, to: NodeId | undefined): void {
  const { leading } = turn.draft;
  if (leading === undefined || leading.transfer !== undefined || to === turn.draft.identity.nodeId) return;
  const fit = isSettled(turn.draft.log, leading) ? whoIsFit(turn, leading) : [];
  const next = to === undefined ? bestOf(turn, leading, fit) : fit.find(({ nodeId }) => nodeId === to);
  if (next === undefined) return note(turn, { type: 'keeps-office', epoch: leading.epoch, to: undefined });
  begin(turn, leading, next.nodeId, 'ordered');
}

/** Advances a transfer, begins one that is due when `looks`, and ends one that failed. */
export function handOver(turn: ReplicaTurn, looks: boolean): void {
  const { draft, now, hosted } = turn;
  if (looks && draft.leading !== undefined && draft.leading.transfer === undefined)
    considerTransfer(turn, draft.leading);
  const { leading } = draft;
  const transfer = leading?.transfer;
  if (leading === undefined || transfer === undefined) return;
  if (now.millis >= transfer.until) return resume(turn, leading, transfer);
  if (transfer.isOffered || (leading.progress[transfer.to]?.match ?? 0) < lastIndex(draft.log)) return;
  tell(turn, transfer.to, { type: 'transfer', epoch: leading.epoch, end: logEnd(draft.log) });
  const until = now.millis + hosted.settings.electAfter;
  draft.leading = { ...leading, transfer: { ...transfer, isOffered: true, until } };
}

/**
 * Accepts a transfer to this replica (TimeoutNow; PROTOCOL §3.9). It first asks whether a quorum would vote for it, so
 * that a replica that cannot be elected unseats no primary. A late offer is ignored: the log has grown, or there is
 * another primary.
 */
export function acceptTransfer(
  turn: ReplicaTurn,
  from: NodeId,
  { epoch, end }: Extract<ElectionMessage, { type: 'transfer' }>,
): void {
  const { draft } = turn;
  const { primary, phase } = draft.election;
  const isCurrent = primary === from && sameEpoch(epoch, draft.promised) && draft.leading === undefined;
  if (!isCurrent || phase.type !== 'resting' || !isElectable(turn) || isUnfit(turn)) return;
  if (compareLogEnds(logEnd(draft.log), end) !== 0) return;
  // The next primary keeps leadership for a while, also from higher ranks: an operator may have ordered it.
  const rank = ownVoter(draft)?.rank ?? -Infinity;
  for (const other of dataVoters(configurationOfLog(draft.log)))
    if (other.rank > rank) penaliseTransfersTo(turn, other.nodeId);
  // Leadership that is handed over is not lost early, however short.
  draft.election = { ...draft.election, lastPrimary: undefined };
  ask(turn, true);
}

/**
 * Begins a transfer that is due: at once when this node leaves, is mute or has diverged; to a higher rank once that node
 * has been steady for `transferAfter` and has no penalty. A higher rank never takes leadership from a live primary by itself.
 */
function considerTransfer(turn: ReplicaTurn, leading: PrimaryState): void {
  const { now, hosted, draft } = turn;
  if (now.millis < leading.transferAgainAt || !isSettled(turn.draft.log, leading)) return;
  if (isLeavingItself(turn)) {
    const next = bestOf(turn, leading, whoIsFit(turn, leading));
    if (next !== undefined) begin(turn, leading, next.nodeId, 'leaving');
    return;
  }
  if (isUnfit(turn)) {
    // One that has not been heard in this tenure may be as unfit.
    const able = whoIsFit(turn, leading).filter(({ nodeId }) => {
      const progress = leading.progress[nodeId];
      return progress?.code !== undefined && !isWrongAsWell(draft, progress);
    });
    const reason = draft.diverged === undefined ? 'mute' : 'diverged';
    const next = bestOf(turn, leading, able);
    if (next !== undefined && !planted(turn, 'stays-primary-although-mute')) begin(turn, leading, next.nodeId, reason);
    return;
  }
  const rank = ownVoter(draft)?.rank;
  if (rank === undefined || !dataVoters(configurationOfLog(draft.log)).some((other) => other.rank > rank)) return;
  const outranking = whoIsFit(turn, leading).filter((member) => {
    const progress = leading.progress[member.nodeId];
    const isSteady = progress !== undefined && isSteadyFor(turn, progress, hosted.settings.transferAfter);
    return member.rank > rank && isSteady && !isPenalisedForTransfers(turn, member.nodeId);
  });
  const next = bestOf(turn, leading, outranking);
  if (next === undefined) return;
  penaliseTransfersTo(turn, next.nodeId);
  begin(turn, leading, next.nodeId, 'outranked');
}

function begin(
  turn: ReplicaTurn,
  leading: PrimaryState,
  to: NodeId,
  reason: 'ordered' | 'leaving' | 'outranked' | 'mute' | 'diverged',
): void {
  const { draft, now, hosted } = turn;
  note(turn, { type: 'hands-over', epoch: leading.epoch, to, reason });
  const until = now.millis + hosted.settings.electAfter;
  draft.leading = { ...leading, transfer: { to, until, isOffered: false, held: [] } };
}

/** The transfer failed: this primary continues, first with the requests it held. */
function resume(turn: ReplicaTurn, leading: PrimaryState, { to, held }: Transfer): void {
  const { draft, now, hosted } = turn;
  note(turn, { type: 'keeps-office', epoch: leading.epoch, to });
  draft.leading = { ...leading, transfer: undefined, transferAgainAt: now.millis + hosted.settings.electAfter };
  serveHeld(turn, held);
  if (!planted(turn, 'serves-and-redirects-held-requests')) return;
  for (const { requester } of held)
    reply(turn, requester, { type: 'unserved', id: requester.id, reason: 'not-primary' });
}

/** The data voters that could lead: heard, with a working disk and the code that their log needs, and not leaving. */
function whoIsFit(turn: ReplicaTurn, leading: PrimaryState): readonly Member[] {
  const { draft, now, hosted } = turn;
  return dataVoters(configurationOfLog(draft.log)).filter((member) => {
    const { nodeId } = member;
    const progress = leading.progress[nodeId];
    if (nodeId === draft.identity.nodeId || progress === undefined || isStalled(turn, progress)) return false;
    const isHeard = now.millis - progress.heardAt <= hosted.settings.suspectAfter;
    return (
      isHeard &&
      progress.code?.isMute !== true &&
      !isDiverged(progress) &&
      !draft.election.suspected.includes(nodeId) &&
      !isLeaving(turn, member)
    );
  });
}

/** The best of `fit`: close first, then without penalty, then the highest rank. */
function bestOf(turn: ReplicaTurn, leading: PrimaryState, fit: readonly Member[]): Member | undefined {
  const { draft, hosted } = turn;
  const isClose = ({ nodeId }: Member): boolean =>
    lastIndex(draft.log) - (leading.progress[nodeId]?.match ?? 0) <= hosted.settings.batchAtMost;
  const merit = (member: Member): number =>
    (isClose(member) ? 2 : 0) + (isPenalisedForTransfers(turn, member.nodeId) ? 0 : 1);
  return [...fit].sort((a, b) => merit(b) - merit(a) || b.rank - a.rank)[0];
}
