import { newlyCommitted } from './agreement.ts';
import type { Bench, Judge } from './judge.ts';

/** Lamport times grow with the log, and the wall times of entries never go back (Lamport 1978; PROTOCOL §7.7). */
export function lamportOrder(bench: Bench): Judge {
  return {
    name: 'lamport-order',
    source: 'Lamport 1978',
    stepped(step) {
      const record = bench.record.group(step.group);
      const { from, to } = newlyCommitted(step);
      for (let index = Math.max(2, from); index <= Math.min(to, record.last); index += 1) {
        const entry = record.entryAt(index);
        const previous = record.entryAt(index - 1);
        if (entry === undefined || previous === undefined) continue;
        if (entry.lamport <= previous.lamport) return `entry ${index} of ${step.group} has no later Lamport time`;
        if (entry.wall < previous.wall) return `entry ${index} of ${step.group} has an earlier wall time`;
      }
      return undefined;
    },
  };
}
