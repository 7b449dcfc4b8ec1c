import { placeAt } from '../../protocol/model/log.ts';
import type { Evidence, Judge, ReplicaStep } from './judge.ts';

/**
 * State machine safety: a committed entry never changes. What one replica counts as committed at an index, all others
 * do, before and after any restart (Raft §5.4.3). The hash chain makes the last entry speak for all before it; each is
 * compared all the same, so that the verdict names the first that differs.
 */
export function committedImmutable(evidence: Evidence): Judge {
  return {
    name: 'committed-immutable',
    source: 'Raft §5.4.3',
    stepped(step) {
      const record = evidence.record.group(step.group);
      const { from, to } = newlyCommitted(step);
      if (to < from) return undefined;
      record.learn(step.after, from, to, evidence.now());
      for (let index = from; index <= Math.min(to, record.last); index += 1) {
        const place = placeAt(step.after.log, index);
        const known = record.entryAt(index);
        if (place !== undefined && known !== undefined && place.hash !== known.hash) {
          return `${step.node} committed another entry ${index} of ${step.group} than was committed before`;
        }
      }
      return undefined;
    },
  };
}

/** The entries that became committed at the replica in a step, as far as its log still has them. */
export function newlyCommitted({ before, after }: ReplicaStep): { readonly from: number; readonly to: number } {
  const from = before === undefined ? after.log.base.index : before.commit + 1;
  return { from: Math.max(from, after.log.base.index, 1), to: after.commit };
}
