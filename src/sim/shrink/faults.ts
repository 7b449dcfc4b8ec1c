import { type Fault, faultSchema } from '../plan/fault.ts';
import { type LoosePlan, sameValue } from '../plan/plain-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';
import { simplerNumbers } from './numbers.ts';
import { reduceList } from './reduce-list.ts';

/** Removes faults that are not needed, and goals of the plan likewise. */
export function shrinkFaults(hunt: Hunt): void {
  reduceList(hunt.plan.faults, (faults) => hunt.tries({ ...hunt.plan, faults }));
  reduceList(hunt.plan.expect, (expect) => hunt.tries({ ...hunt.plan, expect }));
}

/**
 * Simplifies each fault: defaults where there are some, fewer nodes on the sides of a partition, smaller numbers, names
 * in place of roles. The last fault comes first: it is the opposite of an earlier one.
 */
export function simplifyFaults(hunt: Hunt): void {
  for (let place = hunt.plan.faults.length - 1; place >= 0; place -= 1) {
    const keys = Object.keys(hunt.plan.faults[place] ?? {}).filter((key) => key !== 'type' && key !== 'at');
    for (const key of keys) simplifyField(hunt, place, key);
  }
}

function simplifyField(hunt: Hunt, place: number, key: string): void {
  const value = (): unknown => fieldOf(hunt.plan.faults[place], key);
  const tries = (simpler: unknown): boolean => hunt.tries(withField(hunt.plan, place, key, simpler));
  if (tries(undefined)) return;
  const first = value();
  if (typeof first === 'number') simplerNumbers(first).some(tries);
  if (typeof first === 'string') namesFor(hunt.plan, first).some(tries);
  if (!Array.isArray(first)) return;
  reduceList<unknown>(first, (some) => some.length > 0 && tries(some));
  const left = value();
  if (!Array.isArray(left)) return;
  left.forEach((role: unknown, index) => {
    if (typeof role !== 'string') return;
    namesFor(hunt.plan, role).some((name) => {
      const list = value();
      return Array.isArray(list) && !list.includes(name) && tries(list.with(index, name));
    });
  });
}

/** The nodes that a role may have meant; none for a name. */
function namesFor(plan: Plan, place: string): readonly string[] {
  if (!/^(primary|secondaries|highest) of |^last server$/.test(place)) return [];
  return Array.from({ length: plan.servers }, (_, index) => `s${index + 1}`);
}

function withField(plan: Plan, place: number, key: string, value: unknown): LoosePlan {
  const faults = plan.faults.map((fault, other) => (other === place ? changed(fault, key, value) : fault));
  return { ...plan, faults };
}

/** A fault with another value of one field or, with undefined, its default; the fault itself where that is invalid. */
function changed(fault: Fault, key: string, value: unknown): Fault {
  const { [key]: _, ...rest }: LoosePlan = fault;
  const parsed = faultSchema.safeParse(value === undefined ? rest : { ...rest, [key]: value });
  return parsed.success && !sameValue(parsed.data, fault) ? parsed.data : fault;
}

function fieldOf(fault: LoosePlan | undefined, key: string): unknown {
  return fault?.[key];
}
