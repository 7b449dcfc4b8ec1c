import { type Configuration, votesOf, votesTogether } from '../../protocol/model/configuration.ts';
import { sameEpoch } from '../../protocol/model/epoch.ts';
import { configurationIndex, configurationOfLog, entryAt } from '../../protocol/model/log.ts';
import type { Settings } from '../../protocol/model/settings.ts';
import type { ReplicaStep } from './judge.ts';

/** An entry with which a primary moves a vote. */
export interface MovedVote {
  readonly index: number;
  readonly hash: number;
  /** The one that it makes. */
  readonly configuration: Configuration;
  /** Within how many milliseconds its quorum must have been heard. */
  readonly within: number;
}

/**
 * The vote that a primary moves in this step, if it does: it appends a configuration of its epoch with other votes.
 * `now`: by the clock of its node.
 */
export function movedVote(
  { before, after: { leading, log, election } }: Pick<ReplicaStep, 'before' | 'after'>,
  { suspectAfter }: Settings,
  now: number,
): MovedVote | undefined {
  if (leading === undefined || before === undefined || before.log === log) return undefined;
  const index = configurationIndex(log);
  if (index <= configurationIndex(before.log)) return undefined;
  const entry = entryAt(log, index);
  if (entry === undefined || !sameEpoch(entry.epoch, leading.epoch)) return undefined;
  const [{ voters }, configuration] = [configurationOfLog(before.log), configurationOfLog(log)];
  const isSame =
    voters.length === configuration.voters.length && votesTogether(voters) === votesTogether(configuration.voters);
  if (isSame) return undefined;
  const loser = voters.find(({ nodeId, votes }) => votesOf(configuration, nodeId) < votes)?.nodeId ?? '';
  const silence = now - (leading.progress?.[loser]?.heardAt ?? now);
  const isSilent = silence >= suspectAfter || election?.suspected.includes(loser) === true;
  const within = isSilent ? Math.min(suspectAfter, silence / 2) : suspectAfter;
  return { index, hash: entry.hash, configuration, within };
}
