import { type Knob, knobsOf, type LoosePlan, withKnob } from '../plan/plain-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';
import { rounder, simplerNumbers } from './numbers.ts';
import { reduceList } from './reduce-list.ts';

/** Resets every knob to its default if the failure remains, and else tries rounder values. */
export function shrinkKnobs(hunt: Hunt): void {
  const first = hunt.plan;
  const knobs = knobsOf(first).filter(({ path }) => path !== 'workload.mix');
  reduceList(knobs, (kept) => hunt.tries(withOnly(hunt.plan, knobs, kept)));
  for (const { path, value } of knobsOf(hunt.plan)) {
    const tries = (simpler: unknown): boolean => hunt.tries(withKnob(hunt.plan, path, simpler));
    // Rounder, not smaller: a knob at its minimum makes an unrealistic cluster.
    if (typeof value === 'number') tries(rounder(value, 10));
    // A table of delays: one of them for all.
    if (Array.isArray(value) && value.length > 1) value.map((entry: unknown) => [entry]).some(tries);
  }
}

function withOnly(plan: Plan, knobs: readonly Knob[], kept: readonly Knob[]): LoosePlan {
  const reset = knobs.filter((knob) => !kept.includes(knob));
  return reset.reduce<LoosePlan>((sum, { path, standard }) => withKnob(sum, path, standard), plan);
}

/** Shrinks the random workload: fewer clients, fewer requests, fewer kinds. */
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
