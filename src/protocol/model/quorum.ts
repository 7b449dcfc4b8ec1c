import { type Configuration, dataVoters } from './configuration.ts';
import type { NodeId } from './epoch.ts';

/**
 * The highest index that more than half of all votes have (Raft §5.3, with weighted votes). `matchOf`: how far a
 * voter's disk has the log.
 */
export function majorityMatch(configuration: Configuration, matchOf: (nodeId: NodeId) => number): number {
  const byMatch = configuration.voters
    .map(({ nodeId, votes }) => ({ match: matchOf(nodeId), votes }))
    .sort((a, b) => b.match - a.match);
  const total = byMatch.reduce((sum, { votes }) => sum + votes, 0);
  let votes = 0;
  for (const voter of byMatch) {
    votes += voter.votes;
    if (votes * 2 > total) return voter.match;
  }
  return 0;
}

/** The highest index that every data voter of each configuration has (Kafka's maximal in-sync set, KIP-497). */
export function inSyncMatch(configurations: readonly Configuration[], matchOf: (nodeId: NodeId) => number): number {
  let lowest = Number.MAX_SAFE_INTEGER;
  for (const configuration of configurations) {
    for (const { nodeId } of dataVoters(configuration)) lowest = Math.min(lowest, matchOf(nodeId));
  }
  return lowest;
}
