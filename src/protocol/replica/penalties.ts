import type { NodeId } from '../model/epoch.ts';
import type { ReplicaTurn } from './turn.ts';

// Transfer penalties: a node that cannot keep leadership is not handed it by rank again and again (PROTOCOL §3.10).
// Each replica keeps its own; they affect only what it does as a primary.

/** Whether `nodeId` has a penalty, and so gets no transfer by rank. */
export function isPenalisedForTransfers({ draft, now }: ReplicaTurn, nodeId: NodeId): boolean {
  const known = draft.election.transferPenalties[nodeId];
  return known !== undefined && now.millis < known.until;
}

/** Gives `nodeId` a penalty of `transferCoolDown`, doubled each time, and reset an equal time after it ends. */
export function penaliseTransfersTo({ draft, now, hosted }: ReplicaTurn, nodeId: NodeId): void {
  const known = draft.election.transferPenalties[nodeId];
  const lasts = (times: number): number => hosted.settings.transferCoolDown * 2 ** Math.min(times - 1, 6);
  const isForgiven = known === undefined || now.millis >= known.until + lasts(known.times);
  const times = isForgiven ? 1 : known.times + 1;
  const entry = { until: now.millis + lasts(times), times };
  draft.election = { ...draft.election, transferPenalties: { ...draft.election.transferPenalties, [nodeId]: entry } };
}

/** Before the next primary is elected: gives the last one a penalty if it led for less than `flapWithin`. */
export function judgeLastPrimary(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  const { lastPrimary } = draft.election;
  if (lastPrimary === undefined || lastPrimary.primary === draft.identity.nodeId) return;
  if (now.millis - lastPrimary.since < hosted.settings.flapWithin) penaliseTransfersTo(turn, lastPrimary.primary);
}
