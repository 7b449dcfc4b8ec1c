import {
  type Configuration,
  dataVoters,
  type Member,
  memberOf,
  members,
  voterOf,
  votesOf,
} from '../../protocol/model/configuration.ts';
import { type Epoch, sameEpoch } from '../../protocol/model/epoch.ts';
import { type ConfigurationAt, configurationIndex, entryAt, type Log, placeAt } from '../../protocol/model/log.ts';
import type { Judge } from './judge.ts';

/**
 * One configuration change at a time: a primary appends a new configuration only when the previous one, and an entry of
 * its own epoch, are safe.
 * - A change is of one vote, so that any two majorities of the two share a vote.
 * - A node joins without a vote and leaves without one.
 * - Witnesses have at most one vote more than N data servers ask for.
 * - A primary never removes itself.
 *
 * Source: PROTOCOL §5.2, §5.5, §5.7; Ongaro's dissertation §4.1, and its correction of 2015 (the entry of the own
 * epoch).
 */
export function oneChange(): Judge {
  return {
    name: 'one-change',
    source: 'PROTOCOL §5.2',
    stepped({ node, group, before, after }) {
      const { leading, log } = after;
      if (leading === undefined || before === undefined || before.log === log) return undefined;
      const known = configurationIndex(before.log);
      for (const [place, change] of log.configurations.entries()) {
        const previous = log.configurations[place - 1];
        if (previous === undefined || change.index <= known || !isOf(log, change, leading.epoch)) continue;
        const wrong = wrongWith(node, previous, change) ?? buggy(log, previous, leading);
        if (wrong !== undefined) return `${node} appended configuration ${change.index} of ${group}: ${wrong}`;
      }
      return undefined;
    },
  };
}

function isOf(log: Log, { index }: ConfigurationAt, epoch: Epoch): boolean {
  const entry = entryAt(log, index);
  return entry !== undefined && sameEpoch(entry.epoch, epoch);
}

function wrongWith(node: string, previous: ConfigurationAt, change: ConfigurationAt): string | undefined {
  const [from, to] = [previous.configuration, change.configuration];
  const changed = votesChanged(from, to);
  if (changed > 1) return `it changes ${changed} votes at once`;
  const came = strangers(to, from);
  const went = strangers(from, to);
  if (came.length + went.length > 1) return `it changes ${came.length + went.length} members at once`;
  const stranger = came.find(({ nodeId }) => voterOf(to, nodeId) !== undefined);
  if (stranger !== undefined) return `${stranger.nodeId} has a vote and was no member`;
  const lost = went.find(({ nodeId }) => voterOf(from, nodeId) !== undefined);
  if (lost !== undefined) return `it drops ${lost.nodeId}, which has a vote`;
  const witnessVotes = votesOfWitnesses(to);
  const data = members(to).filter(({ kind }) => kind === 'data').length;
  if (witnessVotes > votesOfWitnesses(from) && witnessVotes > data) {
    return `witnesses have ${witnessVotes} votes, beside ${data} data servers`;
  }
  if (dataVoters(to).length === 0) return 'it leaves no data server with a vote';
  return voterOf(to, node) === undefined ? 'it takes its own vote away' : undefined;
}

/** Members of one configuration whose disk is absent from the other. */
function strangers(some: Configuration, others: Configuration): readonly Member[] {
  return members(some).filter(({ nodeId, diskId }) => memberOf(others, nodeId)?.diskId !== diskId);
}

/** The number of votes that changed their disk, or have none. */
function votesChanged(from: Configuration, to: Configuration): number {
  const byDisk = new Map<string, number>();
  for (const { diskId, votes } of from.voters) byDisk.set(diskId, votes);
  for (const { diskId, votes } of to.voters) byDisk.set(diskId, (byDisk.get(diskId) ?? 0) - votes);
  return [...byDisk.values()].reduce((sum, difference) => sum + Math.abs(difference), 0);
}

function votesOfWitnesses(configuration: Configuration): number {
  return configuration.voters
    .filter(({ kind }) => kind === 'witness')
    .reduce((sum, { nodeId }) => sum + votesOf(configuration, nodeId), 0);
}

function buggy(
  log: Log,
  previous: ConfigurationAt,
  { epoch, raftCommit }: { readonly epoch: Epoch; readonly raftCommit: number },
): string | undefined {
  if (raftCommit < previous.index) return `configuration ${previous.index} before it is not safe`;
  const safe = placeAt(log, raftCommit);
  return safe !== undefined && sameEpoch(safe.epoch, epoch) ? undefined : 'no entry of its own epoch is safe';
}
