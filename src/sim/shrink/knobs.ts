import { type Knob, knobsOf, type LoosePlan, withKnob } from '../plan/plain-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';
import { rounder } from './numbers.ts';
import { reduceList } from './reduce-list.ts';

/** Every knob back to its default that need not be elsewhere; of the rest, rounder values. */
export function shrinkKnobs(hunt: Hunt): void {
  const first = hunt.plan;
  const knobs = knobsOf(first).filter(({ path }) => path !== 'workload.mix');
  reduceList(knobs, (kept) => hunt.tries(withOnly(hunt.plan, knobs, kept)));
  for (const { path, value } of knobsOf(hunt.plan)) {
    const tries = (simpler: unknown): boolean => hunt.tries(withKnob(hunt.plan, path, simpler));
    // Rounder, not smaller: a knob turned all the way down makes a cluster that nobody has.
    if (typeof value === 'number') tries(rounder(value, 10));
    // A table of delays: one of them for all.
    if (Array.isArray(value) && value.length > 1) value.map((entry: unknown) => [entry]).some(tries);
  }
}

function withOnly(plan: Plan, knobs: readonly Knob[], kept: readonly Knob[]): LoosePlan {
  const reset = knobs.filter((knob) => !kept.includes(knob));
  return reset.reduce<LoosePlan>((sum, { path, standard }) => withKnob(sum, path, standard), plan);
}
