import type { Plan } from '../plan/plan.ts';
import { type RunOptions, runPlan } from './run.ts';

/** Whether two runs of one plan did the same. */
export interface Comparison {
  /** The digest of the first run. */
  readonly digest: string;
  readonly events: number;
  /** Undefined when the runs did the same, from the first event to the last. */
  readonly difference: Difference | undefined;
}

/** The first event that came out differently. */
interface Difference {
  /** Its number in the run, from 1 on; 0 for what is done before the first event. */
  readonly number: number;
  /** When it happened in the second run, in microseconds, and what it was. */
  readonly at: number;
  readonly what: string;
}

/**
 * Runs a plan twice and compares event by event: what happened, and every message, write and answer it led to. Whatever
 * depends on a clock, on chance, or on the order of something unordered shows in the first event it touches, and not
 * only in another digest at the end. `again` are the options of the second run, where they are to be others that must make
 * no difference. Of each event of the first run one number is kept.
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
    // One run went on where the other had ended.
    difference = { number: second.events + 1, at: second.simulatedMillis * 1_000, what: 'the end' };
  }
  return { digest: first.digest, events: first.events, difference };
}
