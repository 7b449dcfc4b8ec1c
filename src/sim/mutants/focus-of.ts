import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Focus } from '../plan/swarm.ts';
import { BAZAAR_FOCUS } from '../../apps/bazaar/mutant-focus.ts';
import { FOCUS } from './mutant-focus.ts';

/** What must be otherwise where a bug is looked for on a service that its focus was not written for. */
const FOCUS_ON: Readonly<Record<string, Readonly<Partial<Record<PlantedBug, Focus>>>>> = { bazaar: BAZAAR_FOCUS };

/**
 * The focus for a bug, on the service that is named. Without one of its own, a service is hunted under the focus as it
 * stands but for the requests, which are other ones there and are left to the swarm.
 */
export function focusOf(id: PlantedBug, service?: string): Focus {
  const focus = FOCUS[id] ?? {};
  if (service === undefined || service === (focus.service ?? 'tickets')) return focus;
  const own = FOCUS_ON[service]?.[id];
  if (own !== undefined) return { ...own, service };
  const { mix: _, ...workload } = focus.workload ?? {};
  return { ...focus, service, workload };
}
