import { activationUpTo } from '../../protocol/model/log.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import { isObject } from '../../protocol/wire/decode.ts';
import type { SeenReplica } from './seen.ts';

/**
 * A state in a plan with a server that goes astray: that of the service, and how many commands were applied otherwise
 * than they should have been. Clients see no difference.
 */
export interface Strayed {
  readonly inner: unknown;
  readonly strayed: number;
}

export function isStrayed(state: unknown): state is Strayed {
  return isObject(state) && typeof state['strayed'] === 'number' && 'inner' in state;
}

export function strayedIn(machine: Machine | undefined): number {
  return machine !== undefined && isStrayed(machine.state) ? machine.state.strayed : 0;
}

/** Whether a migration failed there: the state is of an earlier version than the entries that were applied make it. */
export function hasFailedMigration({ log, machine }: Pick<SeenReplica, 'log' | 'machine'>): boolean {
  if (machine === undefined) return false;
  return (activationUpTo(log, machine.at.index)?.version ?? 0) > machine.version;
}

/** The machine as it would be had its server not gone astray. */
export function unstrayed(machine: Machine): Machine {
  return strayedIn(machine) === 0 ? machine : { ...machine, state: { ...Object(machine.state), strayed: 0 } };
}
