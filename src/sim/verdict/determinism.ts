import type { Plan } from '../plan/plan.ts';
import { type RunOptions, runPlan } from './run.ts';

/** The comparison of two runs of one plan. */
export interface Comparison {
  /** The digest of the first run. */
  readonly digest: string;
  readonly events: number;
  /** Undefined when the runs were equal, from the first event to the last. */
  readonly difference: Difference | undefined;
}

/** The first event that differs. */
interface Difference {
  /** Its number in the run, from 1 on; 0 for what precedes the first event. */
  readonly number: number;
  /** Its time in the second run, in microseconds, and its description. */
  readonly at: number;
  readonly what: string;
}

/**
 * Runs a plan twice and compares event by event: its description, and every message, write and answer that it caused.
 * What depends on a clock, on chance, or on the order of something unordered shows in the first event it touches, not
 * only in the last digest. `again`: the options of the second run, where they are to be others that must make no
 * difference. One number is kept for each event of the first run.
 */
export function compareRuns(plan: Plan, options: RunOptions, again: RunOptions = options): Comparison {
  const digests: number[] = [];
  const first = runPlan(plan, { ...options, watch: ({ number, digest }) => (digests[number] = digest) });
  let difference: Difference | undefined;
  const second = runPlan(plan, {
    ...again,
    watch: ({ number, at, what, digest }) => {
      if (difference === undefined && digests[number] !== digest) difference = { number, at, what };
    },
  });
  if (difference === undefined && first.digest !== second.digest) {
    // One run continued where the other had ended.
    difference = { number: second.events + 1, at: second.simulatedMillis * 1_000, what: 'the end' };
  }
  return { digest: first.digest, events: first.events, difference };
}
