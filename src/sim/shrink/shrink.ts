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
  /** Runs at most; 1,000 by default. */
  readonly runsAtMost?: number;
}

export type Shrunk =
  /** The plan breaks no rule. */
  | { readonly type: 'holds' }
  | {
      readonly type: 'shrunk';
      readonly plan: Plan;
      /** Its run. */
      readonly result: RunResult;
      /** The verdict, of the judge that failed the first plan. */
      readonly violation: Verdict;
      readonly before: PlanSize;
      readonly after: PlanSize;
      readonly runs: number;
      /** Nothing more can be removed; false: the runs were used up. */
      readonly isMinimal: boolean;
    };

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
