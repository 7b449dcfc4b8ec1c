import type { Fault } from '../../sim/plan/fault.ts';
import type { Plan } from '../../sim/plan/plan.ts';

/**
 * A plan whose story may be changed: without the goals of the story, which would call an innocent edit a broken rule.
 */
function withoutGoals(plan: Plan): Plan {
  const script = plan.workload.script.map((request) => ({ ...request, expect: undefined }));
  return { ...plan, expect: [], workload: { ...plan.workload, script } };
}

/** The plan with one more fault, in the order of time; one that ends before it gets a later end. */
export function withFault(plan: Plan, fault: Fault): Plan {
  const later = plan.faults.findIndex(({ at }) => at > fault.at);
  const place = later < 0 ? plan.faults.length : later;
  const faults = [...plan.faults.slice(0, place), fault, ...plan.faults.slice(place)];
  return { ...withoutGoals(plan), faults, horizon: Math.max(plan.horizon, fault.at + 1_000) };
}

export function withoutFault(plan: Plan, place: number): Plan {
  return { ...withoutGoals(plan), faults: plan.faults.filter((_, other) => other !== place) };
}

/** The fault at that place, at another time. */
export function movedFault(plan: Plan, place: number, at: number): Plan {
  const fault = plan.faults[place];
  return fault === undefined ? plan : withFault(withoutFault(plan, place), { ...fault, at: Math.max(0, at) });
}

/** The next whole millisecond after `at` (microseconds): when an edit made there happens. */
export function editTime(at: number): number {
  return Math.floor(at / 1_000) + 1;
}

/** A name that no fault of the plan has: `cut-1`. */
export function freeName(plan: Pick<Plan, 'faults'>, stem: string): string {
  const taken = new Set(plan.faults.flatMap((fault) => ('name' in fault ? [fault.name] : [])));
  for (let number = 1; ; number += 1) if (!taken.has(`${stem}-${number}`)) return `${stem}-${number}`;
}

/** The faults of `plan` that `start` has not: what the reader did. */
export function editsSince(start: Plan, plan: Plan): readonly Fault[] {
  const before = start.faults.map((fault) => JSON.stringify(fault));
  return plan.faults.filter((fault) => {
    const known = before.indexOf(JSON.stringify(fault));
    if (known < 0) return true;
    before.splice(known, 1);
    return false;
  });
}
