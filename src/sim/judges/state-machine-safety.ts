import type { Machine } from '../../protocol/model/machine.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import { differenceOf } from './difference.ts';
import type { Evidence, Judge } from './judge.ts';
import { hasFailedMigration, unstrayed } from './strayed.ts';

/**
 * Equal entries make equal machines: at the same applied index, state, results and calls are equal everywhere, and
 * equal to those of the judges' own machine (Schneider 1990; PROTOCOL §7).
 */
export function stateMachineSafety(evidence: Evidence): Judge {
  return {
    name: 'state-machine-safety',
    source: 'Schneider 1990, state machine approach',
    stepped({ node, group, before, after }) {
      if (after.machine === undefined || after.machine === before?.machine) return undefined;
      // What a server does whose migration failed alone is for the judge `divergence`.
      if (after.machine.state === undefined || hasFailedMigration(after)) return undefined;
      const machine = unstrayed(after.machine);
      const own = evidence.record.group(group).machineAt(machine.at.index);
      if (own === undefined || hashValue(own) === hashValue(machine)) return undefined;
      const first = (before?.machine?.at.index ?? 0) + 1;
      const where = `${node} has applied ${group} up to ${machine.at.index}${appliedIn(evidence, group, first, machine.at.index)}`;
      const field = differenceOf(own.state, machine.state);
      return `${where} and differs in ${differing(own, machine).join(', ')}${field === undefined ? '' : `: ${field}. Does its apply go by a clock, by chance, or by what it keeps outside of the state?`}`;
    },
  };
}

/** The commands that were applied in a step, for people: `, with {"type":"hold"}`. */
function appliedIn({ record }: Evidence, group: string, first: number, last: number): string {
  const commands: string[] = [];
  for (let index = first; index <= last && commands.length < COMMANDS_SHOWN; index += 1) {
    const body = record.group(group).entryAt(index)?.body;
    if (body !== undefined && 'command' in body) commands.push(JSON.stringify(body.command).slice(0, 200));
  }
  return commands.length === 0 ? '' : `, with ${commands.join(', ')}`;
}

const COMMANDS_SHOWN = 3;

function differing(own: Machine, other: Machine): readonly string[] {
  const parts = ['at', 'window', 'version', 'state', 'results', 'order', 'sessions', 'outgoing', 'incoming'] as const;
  return parts.filter((part) => hashValue(own[part]) !== hashValue(other[part]));
}
