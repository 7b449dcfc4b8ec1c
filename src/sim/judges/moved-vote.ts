import { type Configuration, votesTogether } from '../../protocol/model/configuration.ts';
import { sameEpoch } from '../../protocol/model/epoch.ts';
import { configurationIndex, configurationOfLog, entryAt } from '../../protocol/model/log.ts';
import type { ReplicaStep } from './judge.ts';

/** An entry with which a primary moves a vote. */
export interface MovedVote {
  readonly index: number;
  readonly hash: number;
  /** The one that it makes. */
  readonly configuration: Configuration;
}

/** The vote that a primary moves in this step, if it does: it appends a configuration of its epoch with other votes. */
export function movedVote({
  before,
  after: { leading, log },
}: Pick<ReplicaStep, 'before' | 'after'>): MovedVote | undefined {
  if (leading === undefined || before === undefined || before.log === log) return undefined;
  const index = configurationIndex(log);
  if (index <= configurationIndex(before.log)) return undefined;
  const entry = entryAt(log, index);
  if (entry === undefined || !sameEpoch(entry.epoch, leading.epoch)) return undefined;
  const [{ voters }, configuration] = [configurationOfLog(before.log), configurationOfLog(log)];
  const isSame =
    voters.length === configuration.voters.length && votesTogether(voters) === votesTogether(configuration.voters);
  return isSame ? undefined : { index, hash: entry.hash, configuration };
}
