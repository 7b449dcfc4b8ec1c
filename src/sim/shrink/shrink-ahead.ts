import type { LoosePlan } from '../plan/plain-plan.ts';
import type { Plan } from '../plan/plan.ts';
import { decoded, type Hunt, type HuntOptions, type Outcome, type Trial, type Trials } from './hunt.ts';
import { shrinkBy, type ShrunkPlan } from './shrink.ts';

/**
 * Shrinking with trials that are made elsewhere, several at the same time. Most candidates are not taken, so those that
 * come next if none is are tried beside the first. The result is that of `shrinkPlan`.
 */
export interface ShrinkAhead {
  /** The plans to be tried now, the surest first: at most `many`; none once it is done. */
  next(many: number): readonly Plan[];
  /** What came of a plan of `next`. */
  tell(plan: Plan, trial: Trial): void;
  /** The smallest plan so far, and the runs that led to it. */
  readonly plan: Plan;
  readonly runs: number;
  /** Undefined until `next` has no plans any more. */
  readonly shrunk: ShrunkPlan<Outcome> | undefined;
}

/** The candidates that were asked for are enough. */
class Enough extends Error {}

export function shrinkAhead(
  { first, result, runs }: Omit<Trials, 'trial'>,
  options: Pick<HuntOptions, 'workloads' | 'runsAtMost'>,
): ShrinkAhead {
  const known = new Map<string, Trial>();
  const plans = new Map<string, Plan | undefined>();
  let shrunk: ShrunkPlan<Outcome> | undefined;
  let now: Pick<Hunt, 'plan' | 'runs'> = { plan: first, runs };

  const decode = (candidate: LoosePlan): Plan | undefined => {
    const text = JSON.stringify(candidate);
    if (!plans.has(text)) plans.set(text, decoded(candidate, options.workloads));
    return plans.get(text);
  };

  return {
    next(many) {
      const wanted: Plan[] = [];
      const trial = (plan: Plan): Trial => {
        const told = known.get(JSON.stringify(plan));
        if (told !== undefined) return told;
        wanted.push(plan);
        if (wanted.length >= many) throw new Enough();
        // As most are not.
        return { result: undefined, runs: 0 };
      };
      // What is known is gone through again: that costs little beside a run.
      const onRun = (hunt: Hunt): void => {
        if (wanted.length === 0) now = { plan: hunt.plan, runs: hunt.runs };
      };
      try {
        const done = shrinkBy({ first, result, runs, trial }, { ...options, decode, onRun });
        if (wanted.length === 0) shrunk = done;
      } catch (error) {
        if (!(error instanceof Enough)) throw error;
      }
      return wanted;
    },
    tell(plan, trial) {
      known.set(JSON.stringify(plan), trial);
    },
    get plan() {
      return now.plan;
    },
    get runs() {
      return now.runs;
    },
    get shrunk() {
      return shrunk;
    },
  };
}
