import type { Machine } from '../../protocol/model/machine.ts';
import { isObject } from '../../protocol/wire/decode.ts';

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

/** The machine as it would be had its server not gone astray. */
export function unstrayed(machine: Machine): Machine {
  return strayedIn(machine) === 0 ? machine : { ...machine, state: { ...Object(machine.state), strayed: 0 } };
}
