import { newlyCommitted } from './committed-immutable.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Exactly once: a uuid takes effect once. Where it is committed again, the machine still has the first result; and a
 * result never changes (PROTOCOL §7.3).
 */
export function appliedOnce(evidence: Evidence): Judge {
  return {
    name: 'applied-once',
    source: 'PROTOCOL §7.3',
    stepped(step) {
      const { node, group, after } = step;
      const { machine } = after;
      if (machine === undefined) return undefined;
      const record = evidence.record.group(group);
      const { from, to } = newlyCommitted(step);
      for (let index = from; index <= to; index += 1) {
        const body = record.entryAt(index)?.body;
        // Numbered writes: see the judge `write-sessions`.
        if (body?.type !== 'write' || body.slot !== undefined) continue;
        const first = record.firstWriteOf(body.uuid);
        if (first === undefined || first === index) continue;
        // A call moves a result to the entry that settled it; that entry has its own index.
        const expected = record.machineAt(machine.at.index)?.results.get(body.uuid);
        const found = machine.results.get(body.uuid);
        if (expected !== undefined && found?.index !== expected.index) {
          return `${node} applied ${body.uuid} of ${group} at ${index} although it had been applied at ${first}`;
        }
      }
      return undefined;
    },
  };
}
