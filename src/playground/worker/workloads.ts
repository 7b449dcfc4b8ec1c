import { ticketWorkload } from '../../apps/tickets/workload.ts';
import type { Workload } from '../../sim/workloads/workload.ts';

/** The services that a plan may name: the bazaar is loaded when one does. */
export async function workloadsOf(plan: unknown): Promise<readonly Workload[]> {
  const isBazaar = typeof plan === 'object' && plan !== null && 'service' in plan && plan.service === 'bazaar';
  return isBazaar ? everyWorkload() : [ticketWorkload];
}

export async function everyWorkload(): Promise<readonly Workload[]> {
  const { bazaarWorkload } = await import('../../apps/bazaar/workload.ts');
  return [ticketWorkload, bazaarWorkload];
}
