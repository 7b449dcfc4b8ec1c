import type { GroupName } from '../../protocol/model/app.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { newlyCommitted } from './committed-immutable.ts';
import type { Evidence, Judge } from './judge.ts';
import type { GroupRecord } from './record.ts';

/**
 * Lamport times grow along the log and from one group to another: a call has a later one than the entry that made it,
 * and the settling entry a later one than the executing entry. Wall times of entries never go back (Lamport 1978, the
 * clock condition; PROTOCOL §7.7).
 */
export function lamportOrder(evidence: Evidence): Judge {
  return {
    name: 'lamport-order',
    source: 'Lamport 1978',
    stepped(step) {
      const record = evidence.record.group(step.group);
      const { from, to } = newlyCommitted(step);
      for (let index = from; index <= Math.min(to, record.last); index += 1) {
        const entry = record.entryAt(index);
        if (entry === undefined) continue;
        const previous = record.entryAt(index - 1);
        if (previous !== undefined && entry.lamport <= previous.lamport) {
          return `entry ${index} of ${step.group} has no later Lamport time`;
        }
        if (previous !== undefined && entry.wall < previous.wall) {
          return `entry ${index} of ${step.group} has an earlier wall time`;
        }
        const cause = causeOf(evidence, step.group, entry);
        if (cause !== undefined && entry.lamport <= cause.entry.lamport) {
          return `entry ${index} of ${step.group} has no later Lamport time than entry ${cause.entry.index} of ${cause.group}, its cause`;
        }
      }
      return undefined;
    },
  };
}

/** The entry of another group that caused this one. */
function causeOf(
  evidence: Evidence,
  group: GroupName,
  { body }: Entry,
): { readonly group: GroupName; readonly entry: Entry } | undefined {
  if (body.type !== 'call' && body.type !== 'settle') return undefined;
  const other = body.type === 'call' ? body.from : body.group;
  const record = evidence.record.group(other);
  const entry = record.entryAt(body.type === 'call' ? madeAt(record, group, body.number) : body.index);
  return entry === undefined ? undefined : { group: other, entry };
}

/** The index at which the record's group made its call `number` to `group`; past its end if unknown. */
function madeAt(record: GroupRecord, group: GroupName, number: number): number {
  let [low, high] = [1, record.last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const last = record.machineAt(middle)?.outgoing.get(group)?.last ?? 0;
    if (last >= number) high = middle;
    else low = middle + 1;
  }
  return low;
}
