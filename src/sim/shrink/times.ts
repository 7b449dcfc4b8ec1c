import type { Plan } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';
import { rounder } from './numbers.ts';

/** Small seeds in place of the plan's, which is often long: another seed loses other messages. */
const SMALL_SEEDS = [1, 2, 3, 4, 5];

/** Ends the plan soon after the violation or, when only the end of the run shows it, ever earlier. */
export function cutTheEnd(hunt: Hunt): void {
  const at = Math.ceil((hunt.result.violation?.event.at ?? 0) / 1_000);
  for (const unit of [1_000, 100]) {
    const horizon = Math.ceil(at / unit) * unit;
    if (horizon < hunt.plan.horizon) hunt.tries(endedAt(hunt.plan, horizon));
  }
  if (at < hunt.plan.horizon) return;
  for (const part of [2, 4, 8, 16]) {
    // Halves while that works; then removes a quarter, an eighth, a sixteenth.
    while (hunt.tries(endedAt(hunt.plan, rounder(hunt.plan.horizon - Math.ceil(hunt.plan.horizon / part)))));
  }
}

/** Makes all times earlier, then rounds them. */
export function roundTimes(hunt: Hunt): void {
  while (hunt.tries(hurried(hunt.plan)));
  hunt.plan.faults.forEach((_, place) => {
    const fault = hunt.plan.faults[place];
    if (fault === undefined) return;
    for (const at of roundings(fault.at)) if (hunt.tries(withFaultAt(hunt.plan, place, at))) break;
  });
  hunt.plan.workload.script.forEach((_, place) => {
    const request = hunt.plan.workload.script[place];
    if (request === undefined) return;
    for (const at of roundings(request.at)) if (hunt.tries(withRequestAt(hunt.plan, place, at))) break;
  });
}

export function takeSmallSeed(hunt: Hunt): void {
  for (const seed of SMALL_SEEDS) if (seed < hunt.plan.seed && hunt.tries({ ...hunt.plan, seed })) return;
}

/** Times with fewer digits than `at`, the roundest first: 1983 → 2000, 1000, 1900, 1980. */
export function roundings(at: number): readonly number[] {
  const units = [1_000, 100, 10].filter((unit) => at % unit !== 0);
  return [...new Set(units.flatMap((unit) => [Math.round(at / unit) * unit, Math.floor(at / unit) * unit]))];
}

function endedAt(plan: Plan, horizon: number): Plan {
  const faults = plan.faults.filter((fault) => fault.at <= horizon);
  const script = plan.workload.script.filter((request) => request.at <= horizon);
  return { ...plan, horizon, faults, workload: { ...plan.workload, script } };
}

/** All times halved. */
function hurried(plan: Plan): Plan {
  const script = plan.workload.script.map((request) => sooner(request));
  const horizon = rounder(Math.ceil(plan.horizon / 2));
  return {
    ...plan,
    horizon,
    faults: plan.faults.map((fault) => sooner(fault)),
    workload: { ...plan.workload, script },
  };
}

function sooner<Item extends { readonly at: number }>(item: Item): Item {
  return { ...item, at: rounder(item.at / 2) };
}

function withFaultAt(plan: Plan, place: number, at: number): Plan {
  return { ...plan, faults: plan.faults.map((fault, other) => (other === place ? { ...fault, at } : fault)) };
}

function withRequestAt(plan: Plan, place: number, at: number): Plan {
  const script = plan.workload.script.map((request, other) => (other === place ? { ...request, at } : request));
  return { ...plan, workload: { ...plan.workload, script } };
}
