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

/** What a run came to, as far as shrinking asks. */
export type Outcome = Pick<RunResult, 'violation' | 'history'>;

/** Whether a candidate may take the plan's place. */
export interface Trial<Result extends Outcome = Outcome> {
  /** Its run, if it fails as the first plan does; undefined: it is not taken. */
  readonly result: Result | undefined;
  /** Runs that it took to tell. */
  readonly runs: number;
}

/** The first plan's failure, and trials of other plans against it. */
export interface Trials<Result extends Outcome = Outcome> {
  readonly first: Plan;
  readonly result: Result;
  /** Runs that it took to know the failure. */
  readonly runs: number;
  /** The plan is sound, and no larger than the smallest one so far. */
  trial(plan: Plan): Trial<Result>;
}

export interface HuntOptions {
  readonly workloads: readonly Workload[];
  /** Runs at most, including the ones that show the failure. */
  readonly runsAtMost: number;
  /** Called after every trial. */
  readonly onRun?: (hunt: Hunt) => void;
  /** In place of decoding each candidate anew. */
  readonly decode?: (candidate: LoosePlan) => Plan | undefined;
}

/** A failing plan as it shrinks, and the runs so far. */
export interface Hunt<Result extends Outcome = Outcome> {
  /** The smallest plan so far. */
  readonly plan: Plan;
  /** Its run. */
  readonly result: Result;
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
export function trialsOf(
  first: Plan,
  {
    planted: given,
    workloads,
  }: { readonly planted?: ReadonlySet<PlantedBugGiven>; readonly workloads: readonly Workload[] },
): Trials<RunResult> | undefined {
  const planted = plantedBugsNamed(given ?? []);
  const run = (plan: Plan, bugs: ReadonlySet<PlantedBug>, strict: boolean): RunResult =>
    runPlan(plan, { planted: bugs, workloads, strict });
  const firstResult = run(first, planted, true);
  const judge = firstResult.violation?.judge;
  if (judge === undefined) return undefined;
  // Most judges report the same in a light run, which takes half the time.
  const strict = run(first, planted, false).violation?.judge !== judge;
  // A plan that fails because of a planted bug must not become one that fails without it.
  const isClean = planted.size > 0 && run(first, NOTHING_PLANTED, strict).violation === undefined;
  return {
    first,
    result: firstResult,
    runs: planted.size > 0 ? 3 : 2,
    trial(plan) {
      const result = run(plan, planted, strict);
      const fails = result.violation?.judge === judge && (isLate(firstResult, first) || !isLate(result, plan));
      if (!fails || !isClean) return { result: fails ? result : undefined, runs: 1 };
      const isTaken = run(plan, NOTHING_PLANTED, strict).violation === undefined;
      return { result: isTaken ? result : undefined, runs: 2 };
    },
  };
}

export function startHunt<Result extends Outcome>(trials: Trials<Result>, options: HuntOptions): Hunt<Result> {
  const { first, result: firstResult } = trials;
  const { workloads, runsAtMost, onRun } = options;
  const decode = options.decode ?? ((candidate: LoosePlan) => decoded(candidate, workloads));
  let { runs } = trials;
  const tried = new Set<string>();
  let current = { plan: first, result: firstResult };

  const tries = (candidate: LoosePlan): boolean => {
    if (runs >= runsAtMost) return false;
    const plan = decode(candidate);
    if (plan === undefined) return false;
    if (sameValue(plan, current.plan) || sizeOf(plan).total > sizeOf(current.plan).total) return false;
    if (!isSound(plan, first)) return false;
    const text = JSON.stringify(plan);
    if (tried.has(text)) return false;
    tried.add(text);
    const { result, runs: more } = trials.trial(plan);
    runs += more;
    if (result !== undefined) current = { plan, result };
    onRun?.(hunt);
    return result !== undefined;
  };
  const hunt: Hunt<Result> = {
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

/** The plan that a candidate is, if it is one. */
export function decoded(candidate: LoosePlan, workloads: readonly Workload[]): Plan | undefined {
  const found = decodePlan(candidate, workloads);
  return found.type === 'decoded' ? found.value : undefined;
}

function isLate({ violation }: Outcome, { horizon }: Plan): boolean {
  return violation !== undefined && violation.event.at >= horizon * 1_000;
}
