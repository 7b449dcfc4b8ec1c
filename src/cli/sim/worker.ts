import type { GoalName } from '../../sim/coverage/goals.ts';
import type { Verdict } from '../../sim/judges/judge.ts';
import type { Liveness } from '../../sim/liveness/quiescence.ts';
import { runPlan } from '../../sim/verdict/run.ts';
import { knownWorkloads, loadServices, planFor } from '../shared/services.ts';
import { differenceIn } from './determinism.ts';

/** One seed to run; `twice`: once more, to see whether it does the same. */
export interface SeedOrder {
  /** The name of the service whose plan it is. */
  readonly service: string;
  readonly seed: number;
  readonly twice: boolean;
  /** With every net cast: see `RunOptions.strict`. */
  readonly strict: boolean;
  /** Files of services, which a thread has to load for itself. */
  readonly services: readonly string[];
}

/** What a worker tells of one seed; plain data, since it crosses threads. */
export interface SeedReport {
  readonly seed: number;
  readonly verdict: 'ok' | 'violation';
  readonly digest: string;
  readonly events: number;
  readonly simulatedMillis: number;
  /** Whether the cluster served in the end, or nothing could; undefined when a rule was broken. */
  readonly liveness: Liveness | undefined;
  readonly violation: Verdict | undefined;
  readonly goals: readonly GoalName[];
  /** How often each kind of note was seen. */
  readonly notes: Readonly<Record<string, number>>;
  /** Where a second run went another way: `nowhere`, or the first event that differs. Undefined when there was none. */
  readonly differs: string | undefined;
}

/** Runs the plan of one seed. The default export is what the pool of workers calls. */
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
