import { type Configuration, dataVoters, hasQuorum } from '../model/configuration.ts';
import type { NodeId } from '../model/epoch.ts';
import { configurationIndex } from '../model/log.ts';
import { isStalled } from './check-quorum.ts';
import type { PrimaryState } from './primary-state.ts';
import type { ReplicaTurn } from './turn.ts';

/** The witness feed: up to which entry witnesses may be sent the log now. */
export interface WitnessFeed {
  /** The last index a witness may be sent. */
  readonly gate: number;
  /** Whether nothing can become safe without witnesses. */
  readonly isNeeded: boolean;
}

/**
 * Witnesses are sent only entries that every data voter has that is neither suspected nor stalled. Otherwise a witness
 * would have newer entries than any survivor, and refuse its vote to all of them (PROTOCOL §4.5).
 */
export function witnessFeed(turn: ReplicaTurn, leading: PrimaryState, configuration: Configuration): WitnessFeed {
  const { draft } = turn;
  const own = draft.identity.nodeId;
  const useful = new Set([own, ...dataVoters(configuration).map(({ nodeId }) => nodeId)].filter(isUseful));
  let gate = leading.progress[own]?.match ?? 0;
  for (const nodeId of useful) gate = Math.min(gate, leading.progress[nodeId]?.match ?? gate);
  return { gate, isNeeded: !hasQuorum(configuration, ({ nodeId }) => useful.has(nodeId)) };

  function isUseful(nodeId: NodeId): boolean {
    const progress = leading.progress[nodeId];
    if (nodeId === own) return true;
    if (progress === undefined) return false;
    const isSilent = turn.now.millis - progress.heardAt > turn.hosted.settings.suspectAfter;
    return !isSilent && !isStalled(turn, progress) && !draft.election.suspected.includes(nodeId);
  }
}

/**
 * Whether a witness is sent now what it lacks (PROTOCOL §4.7). While the data voters are a quorum by themselves, no
 * write waits for it, so it is sent entries once per heartbeat. A witness that is behind only grants votes more freely,
 * and what is safe is so without it. It is sent a new epoch, a configuration and a large backlog without delay.
 */
export function isWitnessDue(
  turn: ReplicaTurn,
  leading: PrimaryState,
  { gate, isNeeded }: WitnessFeed,
  nodeId: NodeId,
): boolean {
  const { settings } = turn.hosted;
  const progress = leading.progress[nodeId];
  if (progress === undefined || isNeeded || progress.probing !== undefined) return true;
  if (progress.match < leading.first || configurationIndex(turn.draft.log) >= progress.next) return true;
  if ((gate - progress.match) * 2 >= settings.batchAtMost) return true;
  return progress.stalledSince !== undefined && turn.now.millis - progress.stalledSince >= settings.heartbeatEvery;
}
