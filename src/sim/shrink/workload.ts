import type { Plan } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';
import { simplerNumbers } from './numbers.ts';

/** Of the clients that choose for themselves: fewer of them, fewer requests, fewer kinds. */
export function shrinkWorkload(hunt: Hunt): void {
  const { clients } = hunt.plan.workload;
  hunt.tries(turned(hunt.plan, { clients: 0, requests: 0, mix: {} }));
  for (let count = 1; count < clients; count += 1) if (hunt.tries(turned(hunt.plan, { clients: count }))) break;
  while (simplerCounts(hunt.plan.workload.requests).some((requests) => hunt.tries(turned(hunt.plan, { requests }))));
  for (const kind of Object.keys(hunt.plan.workload.mix)) {
    const { [kind]: weight = 0, ...mix } = hunt.plan.workload.mix;
    // No kind at all would mean every kind.
    if (Object.keys(mix).length > 0 && hunt.tries(turned(hunt.plan, { mix }))) continue;
    if (weight > 1) hunt.tries(turned(hunt.plan, { mix: { ...hunt.plan.workload.mix, [kind]: 1 } }));
  }
}

function simplerCounts(count: number): readonly number[] {
  const close = [count - Math.ceil(count / 4), count - 1];
  return [...simplerNumbers(count), ...close].filter((simpler) => simpler > 0 && simpler < count);
}

function turned(plan: Plan, changes: Partial<Plan['workload']>): Plan {
  return { ...plan, workload: { ...plan.workload, ...changes } };
}
