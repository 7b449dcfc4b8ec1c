import { type Configuration, hasQuorum, type Member } from '../../protocol/model/configuration.ts';
import { configurationOfLog, type Log } from '../../protocol/model/log.ts';
import { durableConfiguration, type SimDisk } from './disk.ts';

/** A group at one node: its disk, and the log in the memory of its process. Undefined where there is none. */
export interface Kept {
  readonly disk: SimDisk | undefined;
  readonly log: Log | undefined;
}

/**
 * Whether the loss of an entry is covered (PROTOCOL §2.7): those that have it hold more than half of the votes, by every
 * configuration that any log of the cluster ends with. `first` is the one that every log begins with.
 */
export function isLossCovered(
  cluster: readonly Kept[],
  first: Configuration,
  hasIt: (member: Member) => boolean,
): boolean {
  const configurations = cluster.flatMap(({ disk, log }): readonly Configuration[] => [
    ...(disk === undefined ? [] : [durableConfiguration(disk, first)]),
    ...(log === undefined ? [] : [configurationOfLog(log)]),
  ]);
  return configurations.every((configuration) => hasQuorum(configuration, hasIt));
}
