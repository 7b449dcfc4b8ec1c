import {
  NOTHING_PLANTED,
  type PlantedBug,
  type PlantedBugGiven,
  plantedBugsNamed,
} from '../../protocol/model/mutants.ts';
import { type LoosePlan, sameValue } from '../plan/plain-plan.ts';
import { sizeOf } from '../plan/plan-size.ts';
import { decodePlan, type Plan } from '../plan/plan.ts';
import { runPlan, type RunResult } from '../verdict/run.ts';
import type { Workload } from '../workloads/workload.ts';
import { isSound } from './soundness.ts';

export interface HuntOptions {
  readonly planted?: ReadonlySet<PlantedBugGiven>;
  readonly workloads: readonly Workload[];
  /** Runs at most, including the one that shows the failure. */
  readonly runsAtMost: number;
  /** Called after every run. */
  readonly onRun?: (hunt: Hunt) => void;
}

/** A failing plan as it shrinks, and the runs so far. */
export interface Hunt {
  /** The smallest plan so far. */
  readonly plan: Plan;
  /** Its run. */
  readonly result: RunResult;
  readonly runs: number;
  /** No runs are left: further candidates are not taken. */
  readonly isOver: boolean;
  /**
   * Takes the candidate as the plan if it is valid, no larger, and fails by the same judge, before the horizon if the
   * first plan did. Returns whether it did.
   */
  tries(candidate: LoosePlan): boolean;
}

/** Runs the plan; undefined if it breaks no rule. */
export function startHunt(first: Plan, options: HuntOptions): Hunt | undefined {
  const { workloads, runsAtMost, onRun } = options;
  const planted = plantedBugsNamed(options.planted ?? []);
  let runs = 0;
  const run = (plan: Plan, bugs: ReadonlySet<PlantedBug>, strict: boolean): RunResult => {
    runs += 1;
    return runPlan(plan, { planted: bugs, workloads, strict });
  };
  const firstResult = run(first, planted, true);
  const judge = firstResult.violation?.judge;
  if (judge === undefined) return undefined;
  // Most judges report the same in a light run, which takes half the time.
  const strict = run(first, planted, false).violation?.judge !== judge;
  // A plan that fails because of a planted bug must not become one that fails without it.
  const isClean = planted.size > 0 && run(first, NOTHING_PLANTED, strict).violation === undefined;
  const tried = new Set<string>();
  let current = { plan: first, result: firstResult };

  const tries = (candidate: LoosePlan): boolean => {
    if (runs >= runsAtMost) return false;
    const decoded = decodePlan(candidate, workloads);
    if (decoded.type === 'rejected') return false;
    const plan = decoded.value;
    if (sameValue(plan, current.plan) || sizeOf(plan).total > sizeOf(current.plan).total) return false;
    if (!isSound(plan, first)) return false;
    const text = JSON.stringify(plan);
    if (tried.has(text)) return false;
    tried.add(text);
    const result = run(plan, planted, strict);
    const fails = result.violation?.judge === judge && (isLate(firstResult, first) || !isLate(result, plan));
    const isTaken = fails && !(isClean && run(plan, NOTHING_PLANTED, strict).violation !== undefined);
    if (isTaken) current = { plan, result };
    onRun?.(hunt);
    return isTaken;
  };
  const hunt: Hunt = {
    get plan() {
      return current.plan;
    },
    get result() {
      return current.result;
    },
    get runs() {
      return runs;
    },
    get isOver() {
      return runs >= runsAtMost;
    },
    tries,
  };
  return hunt;
}

function isLate({ violation }: RunResult, { horizon }: Plan): boolean {
  return violation !== undefined && violation.event.at >= horizon * 1_000;
}
