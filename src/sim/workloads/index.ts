import { ticketWorkload } from './tickets.ts';
import type { Workload } from './workload.ts';

/** The services that can be simulated, by name. */
const WORKLOADS: Readonly<Record<string, Workload>> = { tickets: ticketWorkload };

export function isService(name: string): boolean {
  return Object.hasOwn(WORKLOADS, name);
}

export function workloadOf(service: string): Workload {
  const found = Object.hasOwn(WORKLOADS, service) ? WORKLOADS[service] : undefined;
  if (found === undefined) throw new RangeError(`no service is called ${service}`);
  return found;
}
