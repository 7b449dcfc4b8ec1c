import { memberOf } from '../model/configuration.ts';
import { isPlausible } from '../model/counters.ts';
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

/** Whether an epoch that `from` names may be taken: by a member, and not beyond what elections can have reached. */
export function isCredible(turn: ReplicaTurn, from: NodeId, epoch: Epoch): boolean {
  if (planted(turn, 'takes-any-epoch-counter')) return true;
  return isPlausible(epoch.counter, turn.draft.election.counter) && isKnown(turn, from);
}
