import { type Configuration, members, voterOf } from '../../protocol/configuration.ts';
import { type Epoch, sameEpoch } from '../../protocol/epoch.ts';
import { configurationIndex, type ConfigurationAt, entryAt, type Log, placeAt } from '../../protocol/log.ts';
import type { Judge } from './judge.ts';

/**
 * One change of the configuration at a time: a primary appends a new one only when the one before, and an entry of its own
 * epoch, are safe; the change is of one vote, so that any two majorities of the two share a vote; nobody is dropped
 * altogether; and a primary never removes itself (PROTOCOL §5.2; Ongaro's dissertation §4.1, and the correction of 2015
 * that asks for the entry of its own epoch).
 */
export function oneChange(): Judge {
  return {
    name: 'one-change',
    source: 'PROTOCOL §5.2',
    stepped({ node, group, before, after }) {
      const { tenure, log } = after;
      if (tenure === undefined || before === undefined || before.log === log) return undefined;
      const known = configurationIndex(before.log);
      for (const [place, change] of log.configurations.entries()) {
        const previous = log.configurations[place - 1];
        if (previous === undefined || change.index <= known || !isOf(log, change, tenure.epoch)) continue;
        const wrong = wrongWith(node, previous, change) ?? hasty(log, previous, tenure);
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
  const nodes = new Set([...members(from), ...members(to)].map(({ nodeId }) => nodeId));
  const changed = [...nodes].reduce((sum, id) => sum + Math.abs(votesOf(to, id) - votesOf(from, id)), 0);
  if (changed > 1) return `it changes ${changed} votes at once`;
  if (members(from).length !== members(to).length) return 'it does not name the same members';
  return voterOf(to, node) === undefined ? 'it takes its own vote away' : undefined;
}

function hasty(
  log: Log,
  previous: ConfigurationAt,
  { epoch, raftCommit }: { readonly epoch: Epoch; readonly raftCommit: number },
): string | undefined {
  if (raftCommit < previous.index) return `configuration ${previous.index} before it is not safe`;
  const safe = placeAt(log, raftCommit);
  return safe !== undefined && sameEpoch(safe.epoch, epoch) ? undefined : 'no entry of its own epoch is safe';
}

function votesOf(configuration: Configuration, nodeId: string): number {
  return voterOf(configuration, nodeId)?.votes ?? 0;
}
