import type { Verdict } from '../judges/judge.ts';
import { type PlanSize, sizeOf } from '../plan/plan-size.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunResult } from '../verdict/run.ts';
import { shrinkFaults, simplifyFaults } from './faults.ts';
import { type Hunt, type HuntOptions, startHunt } from './hunt.ts';
import { shrinkKnobs, shrinkWorkload } from './knobs.ts';
import { shrinkNodes } from './nodes.ts';
import { shrinkScript, simplifyScript, writeScript } from './script.ts';
import { cutTheEnd, roundTimes, takeSmallSeed } from './times.ts';

export interface ShrinkOptions extends Omit<HuntOptions, 'runsAtMost'> {
  /** Runs it may take; 1,000 unless told otherwise. */
  readonly runsAtMost?: number;
}

export type Shrunk =
  /** The plan breaks no rule: there is nothing to make smaller. */
  | { readonly type: 'holds' }
  | {
      readonly type: 'shrunk';
      readonly plan: Plan;
      /** Its run. */
      readonly result: RunResult;
      /** What condemns it: the judge that condemned the first plan. */
      readonly violation: Verdict;
      readonly before: PlanSize;
      readonly after: PlanSize;
      readonly runs: number;
      /** Nothing more can be taken away; false: the runs were used up. */
      readonly isMinimal: boolean;
    };

const RUNS_AT_MOST = 1_000;

/** From what takes much away to what is merely easier to read. */
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
 * Makes a failing plan smaller as long as the same judge condemns it: an earlier end, fewer faults, nodes, clients and
 * requests, knobs at their defaults, requests written out as a script, round numbers. Each candidate is a run; the same
 * plan and options give the same outcome. What a plan loses must not be what made it fair: see `isSound`.
 */
export function shrinkPlan(plan: Plan, options: ShrinkOptions): Shrunk {
  const hunt = startHunt(plan, { runsAtMost: RUNS_AT_MOST, ...options });
  if (hunt === undefined) return { type: 'holds' };
  let before: Plan;
  do {
    before = hunt.plan;
    for (const pass of PASSES) pass(hunt);
  } while (hunt.plan !== before && !hunt.isOver);
  const { violation } = hunt.result;
  if (violation === undefined) return { type: 'holds' };
  return {
    type: 'shrunk',
    plan: hunt.plan,
    result: hunt.result,
    violation,
    before: sizeOf(plan),
    after: sizeOf(hunt.plan),
    runs: hunt.runs,
    isMinimal: !hunt.isOver,
  };
}
