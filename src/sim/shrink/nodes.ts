import type { Fault } from '../plan/fault.ts';
import type { LoosePlan } from '../plan/plain-plan.ts';
import type { Plan } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';

/** Further seeds to try a smaller cluster with: without a node all times change. */
const OTHER_SEEDS = 4;

/** Removes servers and front ends, not only the last ones. */
export function shrinkNodes(hunt: Hunt): void {
  for (const kind of ['servers', 'frontEnds'] as const) {
    for (let count = 1; count < hunt.plan[kind]; count += 1) {
      if (triesWithSeeds(hunt, firstOf(hunt.plan, kind, count))) break;
    }
    for (let number = hunt.plan[kind]; number >= 1; number -= 1) {
      if (hunt.plan[kind] > 1) triesWithSeeds(hunt, without(hunt.plan, kind, number));
    }
  }
}

/** Tries a candidate that differs much from the plan, under its own seed and some others. */
export function triesWithSeeds(hunt: Hunt, candidate: LoosePlan): boolean {
  if (hunt.tries(candidate)) return true;
  for (let seed = 1; seed <= OTHER_SEEDS; seed += 1) if (hunt.tries({ ...candidate, seed })) return true;
  return false;
}

type Kind = 'servers' | 'frontEnds';

function firstOf(plan: Plan, kind: Kind, count: number): LoosePlan {
  // Joining nodes are numbered after the initial ones.
  const fewer = plan[kind] - count;
  const numbers = (number: number): number | undefined => (number > plan[kind] ? number - fewer : number);
  return renamed({ ...plan, [kind]: count }, kind, (number) =>
    number > count && number <= plan[kind] ? undefined : numbers(number),
  );
}

function without(plan: Plan, kind: Kind, gone: number): LoosePlan {
  const numbers = (number: number): number | undefined =>
    number === gone ? undefined : number > gone ? number - 1 : number;
  return renamed({ ...plan, [kind]: plan[kind] - 1 }, kind, numbers);
}

/** The plan with renumbered nodes of that kind; faults and requests of removed nodes are removed, too. */
function renamed(plan: Plan, kind: Kind, renumber: (number: number) => number | undefined): LoosePlan {
  const letter = kind === 'servers' ? 's' : 'f';
  const rename = (name: string): string | undefined => {
    if (!new RegExp(`^${letter}\\d+$`).test(name)) return name;
    const number = renumber(Number(name.slice(1)));
    return number === undefined ? undefined : `${letter}${number}`;
  };
  return {
    ...plan,
    faults: plan.faults.flatMap((fault) => renamedFault(fault, rename) ?? []),
    core: plan.core?.flatMap((name) => rename(name) ?? []),
    expect: plan.expect.flatMap((goal) => {
      const node = goal.node === undefined ? undefined : rename(goal.node);
      return goal.node !== undefined && node === undefined ? [] : [{ ...goal, node }];
    }),
    workload: {
      ...plan.workload,
      script: plan.workload.script.map((request) => ({
        ...request,
        through: request.through === undefined ? undefined : rename(request.through),
      })),
    },
  };
}

function renamedFault(fault: Fault, rename: (name: string) => string | undefined): LoosePlan | undefined {
  const entries = Object.entries(fault).map(([key, value]: readonly [string, unknown]): readonly [string, unknown] => {
    if (key === 'type' || key === 'name') return [key, value];
    if (typeof value === 'string') return [key, rename(value)];
    if (!Array.isArray(value)) return [key, value];
    const names = value.flatMap((name: unknown) => (typeof name === 'string' ? (rename(name) ?? []) : [name]));
    return [key, names.length === 0 && value.length > 0 ? undefined : names];
  });
  const isWhole = entries.every(([key, value]) => value !== undefined || !Object.hasOwn(fault, key));
  return isWhole ? Object.fromEntries(entries) : undefined;
}
