import { type Configuration, dataVoters } from './configuration.ts';
import type { NodeId } from './epoch.ts';

/**
 * The highest index that more than half of all votes have (Raft §5.3, with weighted votes). `matchOf`: how far a
 * voter's disk has the log, or another number of which a majority is to have reached one: it may be negative.
 */
export function majorityMatch(configuration: Configuration, matchOf: (nodeId: NodeId) => number): number {
  const { voters } = configuration;
  // Asked in every step of a primary: a few passes over a few voters are quicker than a sorted copy.
  const matches: number[] = [];
  let total = 0;
  for (const { nodeId, votes } of voters) {
    matches.push(matchOf(nodeId));
    total += votes;
  }
  let highest: number | undefined;
  for (const match of matches) {
    if (highest !== undefined && match <= highest) continue;
    let votes = 0;
    for (const [place, voter] of voters.entries()) if ((matches[place] ?? 0) >= match) votes += voter.votes;
    if (votes * 2 > total) highest = match;
  }
  return highest ?? 0;
}

/** The highest index that every data voter of each configuration has (Kafka's maximal in-sync set, KIP-497). */
export function inSyncMatch(configurations: readonly Configuration[], matchOf: (nodeId: NodeId) => number): number {
  let lowest = Number.MAX_SAFE_INTEGER;
  for (const configuration of configurations) {
    for (const { nodeId } of dataVoters(configuration)) lowest = Math.min(lowest, matchOf(nodeId));
  }
  return lowest;
}
