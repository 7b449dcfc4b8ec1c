import { bazaarWorkload } from '../../apps/bazaar/workload.ts';
import { ticketWorkload } from '../../apps/tickets/workload.ts';
import type { Workload } from '../../sim/workloads/workload.ts';

/** The services that plans may name here. */
export const WORKLOADS: readonly Workload[] = [ticketWorkload, bazaarWorkload];
