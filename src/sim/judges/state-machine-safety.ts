import type { Machine } from '../../protocol/model/machine.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * Equal entries make equal machines: at the same applied index, state, results and calls are equal everywhere, and
 * equal to those of the judges' own machine (Schneider 1990; PROTOCOL §7).
 */
export function stateMachineSafety(evidence: Evidence): Judge {
  return {
    name: 'state-machine-safety',
    source: 'Schneider 1990, state machine approach',
    stepped({ node, group, before, after }) {
      const { machine } = after;
      if (machine === undefined || machine === before?.machine) return undefined;
      const own = evidence.record.group(group).machineAt(machine.at.index);
      if (own === undefined || hashValue(own) === hashValue(machine)) return undefined;
      return `${node} has applied ${group} up to ${machine.at.index} and differs in ${differing(own, machine).join(', ')}`;
    },
  };
}

function differing(own: Machine, other: Machine): readonly string[] {
  const parts = ['at', 'window', 'state', 'results', 'order', 'outgoing', 'incoming'] as const;
  return parts.filter((part) => hashValue(own[part]) !== hashValue(other[part]));
}
