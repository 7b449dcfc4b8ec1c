import { WORKLOADS } from '../../../src/apps/simulated.ts';
import type { Decoded } from '../../../src/protocol/model/app.ts';
import { NOTHING_PLANTED } from '../../../src/protocol/model/mutants.ts';
import * as plans from '../../../src/sim/plan/plan.ts';
import type { Plan, PlanInput } from '../../../src/sim/plan/plan.ts';
import * as swarm from '../../../src/sim/plan/swarm.ts';
import * as shrinking from '../../../src/sim/shrink/shrink.ts';
import * as determinism from '../../../src/sim/verdict/determinism.ts';
import * as runs from '../../../src/sim/verdict/run.ts';
import type { Workload } from '../../../src/sim/workloads/workload.ts';
import * as worlds from '../../../src/sim/world/world.ts';

// The simulator with the services that come along handed in. A plan that names none is of tickets. `more`: services of a
// test's own, which come first.

type RunOptions = Partial<runs.RunOptions>;

function known(more: readonly Workload[] = []): readonly Workload[] {
  return [...more, ...WORKLOADS];
}

export function decodePlan(value: unknown, more?: readonly Workload[]): Decoded<Plan> {
  return plans.decodePlan(value, known(more));
}

export function planOf(input: PlanInput, more?: readonly Workload[]): Plan {
  return plans.planOf(input, known(more));
}

export function planOfSeed(seed: number, focus: swarm.Focus = {}): Plan {
  return swarm.planOfSeed(seed, focus, WORKLOADS);
}

export function runPlan(plan: Plan, { workloads, ...options }: RunOptions = {}): runs.RunResult {
  return runs.runPlan(plan, { ...options, workloads: known(workloads) });
}

export function compareRuns(plan: Plan, first: RunOptions = {}, again: RunOptions = first): determinism.Comparison {
  const [one, other] = [first, again].map(({ workloads, ...options }) => ({ ...options, workloads: known(workloads) }));
  if (one === undefined) throw new TypeError('there are two runs');
  return determinism.compareRuns(plan, one, other);
}

export function shrinkPlan(plan: Plan, options: Partial<shrinking.ShrinkOptions> = {}): shrinking.Shrunk {
  return shrinking.shrinkPlan(plan, { ...options, workloads: known(options.workloads) });
}

export function createWorld(plan: Plan, planted = NOTHING_PLANTED, traced = false): worlds.World {
  return worlds.createWorld(plan, planted, traced, WORKLOADS);
}
