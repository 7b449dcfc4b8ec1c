import type { NodeId } from '../model/epoch.ts';
import type { ReplicaTurn } from './turn.ts';

// Who is not handed the lead for its rank for a while, so that a node that cannot keep it does not get it again and again
// (PROTOCOL §3.10). Each replica keeps its own account: it only decides what that one does as a primary.

/** Whether `nodeId` is to wait before it is next for its rank. */
export function isPenalised({ draft, now }: ReplicaTurn, nodeId: NodeId): boolean {
  const known = draft.election.transferPenalties[nodeId];
  return known !== undefined && now.millis < known.until;
}

/** `nodeId` waits from now on: `transferCoolDown`, twice as long each time, until it has been left alone for as long again. */
export function penalise({ draft, now, hosted }: ReplicaTurn, nodeId: NodeId): void {
  const known = draft.election.transferPenalties[nodeId];
  const lasts = (times: number): number => hosted.settings.transferCoolDown * 2 ** Math.min(times - 1, 6);
  const isForgiven = known === undefined || now.millis >= known.until + lasts(known.times);
  const times = isForgiven ? 1 : known.times + 1;
  const entry = { until: now.millis + lasts(times), times };
  draft.election = { ...draft.election, transferPenalties: { ...draft.election.transferPenalties, [nodeId]: entry } };
}

/** The next primary is about to be elected: whoever led until now, and not for long, has not kept the lead. */
export function judgeLastPrimary(turn: ReplicaTurn): void {
  const { draft, now, hosted } = turn;
  const { lastPrimary } = draft.election;
  if (lastPrimary === undefined || lastPrimary.primary === draft.identity.nodeId) return;
  if (now.millis - lastPrimary.since < hosted.settings.flapWithin) penalise(turn, lastPrimary.primary);
}
