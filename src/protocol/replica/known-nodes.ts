import { memberOf } from '../model/configuration.ts';
import { approached, COUNTER_AT_MOST, isPlausible } from '../model/counters.ts';
import type { Epoch, NodeId } from '../model/epoch.ts';
import { configurationOfLog } from '../model/log.ts';
import { planted, type ReplicaTurn } from './turn.ts';

/**
 * Whether `nodeId` is a member of the group or of the cluster: named by the newest configuration of the own log, or by
 * the directory. The log may lack the entry that admitted a node, so either is enough. Before the directory has been
 * told (in a process, with the first input), there is nothing to judge by.
 */
function isKnown({ draft }: ReplicaTurn, nodeId: NodeId): boolean {
  return (
    draft.services.length === 0 ||
    memberOf(configurationOfLog(draft.log), nodeId) !== undefined ||
    draft.services.some((entry) => entry.nodeId === nodeId && entry.standing !== 'removed')
  );
}

/**
 * Whether an epoch that `from` names may be taken: by a member, and not beyond what elections can have reached. One too
 * far ahead is approached, and taken when members go on saying it (PROTOCOL §2.5).
 */
export function isCredible(turn: ReplicaTurn, from: NodeId, { counter }: Epoch): boolean {
  if (planted(turn, 'takes-any-epoch-counter')) return true;
  if (!isKnown(turn, from)) return false;
  const { election } = turn.draft;
  const known = Math.max(election.counter, election.approached);
  if (isPlausible(counter, known)) return true;
  if (planted(turn, 'takes-first-epoch-it-hears') && known === 0) return counter <= COUNTER_AT_MOST;
  turn.draft.election = { ...election, approached: approached(known, counter) };
  return false;
}
