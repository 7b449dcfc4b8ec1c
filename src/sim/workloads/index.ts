import { bazaarWorkload } from '../../apps/bazaar/workload.ts';
import { ticketWorkload } from '../../apps/tickets/workload.ts';
import type { Workload } from './workload.ts';

/** The workloads of the services that come along. */
const BUILT_IN: readonly Workload[] = [ticketWorkload, bazaarWorkload];

/** The workload of the service called `name`: one of `more`, which come first, or one that comes along. */
export function findWorkload(name: string, more: readonly Workload[] = []): Workload | undefined {
  return [...more, ...BUILT_IN].find(({ service }) => service.name === name);
}

/** The names of the services that can be simulated: `more`, and those that come along. */
export function workloadNames(more: readonly Workload[] = []): readonly string[] {
  return [...new Set([...more, ...BUILT_IN].map(({ service }) => service.name))];
}

/** The same for a plan that was validated with these `more`; that there is none is our bug, or the caller's. */
export function workloadOf(name: string, more: readonly Workload[] = []): Workload {
  const found = findWorkload(name, more);
  if (found === undefined) throw new RangeError(`no service is called ${name}; is its workload passed along?`);
  return found;
}
