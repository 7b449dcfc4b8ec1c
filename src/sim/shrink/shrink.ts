import { assert } from '../../protocol/model/assert.ts';
import type { PlantedBugGiven } from '../../protocol/model/mutants.ts';
import type { Verdict } from '../judges/judge.ts';
import { type PlanSize, sizeOf } from '../plan/plan-size.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunResult } from '../verdict/run.ts';
import { shrinkFaults, simplifyFaults } from './faults.ts';
import { type Hunt, type HuntOptions, type Outcome, startHunt, type Trials, trialsOf } from './hunt.ts';
import { shrinkKnobs, shrinkWorkload } from './knobs.ts';
import { shrinkNodes } from './nodes.ts';
import { shrinkScript, simplifyScript, writeScript } from './script.ts';
import { cutTheEnd, roundTimes, takeSmallSeed } from './times.ts';

export interface ShrinkOptions extends Omit<HuntOptions, 'runsAtMost' | 'decode'> {
  readonly planted?: ReadonlySet<PlantedBugGiven>;
  /** Runs at most; 1,000 by default. */
  readonly runsAtMost?: number;
}

export type Shrunk =
  /** The plan breaks no rule. */
  { readonly type: 'holds' } | ShrunkPlan<RunResult>;

export interface ShrunkPlan<Result> {
  readonly type: 'shrunk';
  readonly plan: Plan;
  /** Its run. */
  readonly result: Result;
  /** The verdict, of the judge that failed the first plan. */
  readonly violation: Verdict;
  readonly before: PlanSize;
  readonly after: PlanSize;
  readonly runs: number;
  /** Nothing more can be removed; false: the runs were used up. */
  readonly isMinimal: boolean;
}

const RUNS_AT_MOST = 1_000;

/** From large reductions to mere readability. */
const PASSES: readonly ((hunt: Hunt) => void)[] = [
  cutTheEnd,
  shrinkFaults,
  shrinkNodes,
  shrinkWorkload,
  shrinkKnobs,
  writeScript,
  shrinkScript,
  simplifyFaults,
  simplifyScript,
  roundTimes,
  takeSmallSeed,
];

/**
 * Shrinks a failing plan as long as the same judge fails it: an earlier end, fewer faults, nodes, clients and requests,
 * knobs at their defaults, requests as a script, round numbers. Each candidate is a run; the same plan and options give
 * the same result. A plan must stay fair as it shrinks: see `isSound`.
 */
export function shrinkPlan(plan: Plan, { planted, runsAtMost = RUNS_AT_MOST, ...options }: ShrinkOptions): Shrunk {
  const trials = trialsOf(plan, { ...(planted === undefined ? {} : { planted }), workloads: options.workloads });
  return trials === undefined ? { type: 'holds' } : shrinkBy(trials, { ...options, runsAtMost });
}

/** Shrinks the plan of the trials, by these trials. */
export function shrinkBy<Result extends Outcome>(trials: Trials<Result>, options: HuntOptions): ShrunkPlan<Result> {
  const hunt = startHunt(trials, options);
  let before: Plan;
  do {
    before = hunt.plan;
    for (const pass of PASSES) pass(hunt);
  } while (hunt.plan !== before && !hunt.isOver);
  const { violation } = hunt.result;
  assert(violation !== undefined, 'a plan is taken only if it fails');
  return {
    type: 'shrunk',
    plan: hunt.plan,
    result: hunt.result,
    violation,
    before: sizeOf(trials.first),
    after: sizeOf(hunt.plan),
    runs: hunt.runs,
    isMinimal: !hunt.isOver,
  };
}
