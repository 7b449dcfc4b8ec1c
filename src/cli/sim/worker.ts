import type { GoalName } from '../../sim/coverage/goals.ts';
import type { Verdict } from '../../sim/judges/judge.ts';
import type { Liveness } from '../../sim/liveness/quiescence.ts';
import { runPlan } from '../../sim/verdict/run.ts';
import { knownWorkloads, loadServices, planFor } from '../shared/services.ts';
import { differenceIn } from './determinism.ts';

/** One seed to run; `twice`: once more, to compare. */
export interface SeedOrder {
  /** The name of the service of the plan. */
  readonly service: string;
  readonly seed: number;
  readonly twice: boolean;
  /** With all checks: see `RunOptions.strict`. */
  readonly strict: boolean;
  /** Files of services, which each thread loads for itself. */
  readonly services: readonly string[];
}

/** A worker's report on one seed; plain data for another thread. */
export interface SeedReport {
  readonly seed: number;
  readonly verdict: 'ok' | 'violation';
  readonly digest: string;
  readonly events: number;
  readonly simulatedMillis: number;
  /** Whether the cluster served at the end, or no part could; undefined when a rule was broken. */
  readonly liveness: Liveness | undefined;
  readonly violation: Verdict | undefined;
  readonly goals: readonly GoalName[];
  /** Number of notes of each kind. */
  readonly notes: Readonly<Record<string, number>>;
  /** The first event in which a second run differs, or `nowhere`. Undefined without a second run. */
  readonly differs: string | undefined;
}

/** Runs the plan of one seed. The pool of workers calls this default export. */
export default async function runOrder(order: SeedOrder): Promise<SeedReport> {
  await loadServices(order.services);
  return runSeed(order);
}

function runSeed({ service, seed, twice, strict }: SeedOrder): SeedReport {
  const plan = planFor(seed, service);
  const { verdict, digest, events, simulatedMillis, liveness, violation, goals, notes } = runPlan(plan, {
    workloads: knownWorkloads(),
    strict,
  });
  const kinds = Object.fromEntries(Object.entries(notes).filter(([key]) => !key.includes(' ')));
  const differs = twice ? (differenceIn(plan) ?? 'nowhere') : undefined;
  return { seed, verdict, digest, events, simulatedMillis, liveness, violation, goals, notes: kinds, differs };
}
