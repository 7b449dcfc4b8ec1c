import type { Plan } from '../plan/plan.ts';
import { openRun } from './open-run.ts';
import type { RunOptions, RunResult } from './result.ts';

export type { RunOptions, RunResult } from './result.ts';

/** Runs a plan to its end, or to the first violation. An unknown planted bug is an error (`TypeError`). */
export function runPlan(plan: Plan, options: RunOptions): RunResult {
  return openRun(plan, options).finish();
}
