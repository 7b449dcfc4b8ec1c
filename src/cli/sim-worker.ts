import type { Verdict } from '../sim/judges/judge.ts';
import { runPlan } from '../sim/run.ts';
import { planOfSeed } from '../sim/swarm.ts';

/** What a worker tells of one seed; plain data, since it crosses threads. */
export interface SeedReport {
  readonly seed: number;
  readonly verdict: 'ok' | 'violation';
  readonly digest: string;
  readonly events: number;
  readonly simulatedMillis: number;
  readonly violation: Verdict | undefined;
  /** How often each kind of note was seen. */
  readonly notes: Readonly<Record<string, number>>;
}

/** Runs the plan of one seed. The default export is what the pool of workers calls. */
export default function runSeed(seed: number): SeedReport {
  const { verdict, digest, events, simulatedMillis, violation, notes } = runPlan(planOfSeed(seed));
  const kinds = Object.entries(notes).filter(([key]) => !key.includes(' '));
  return { seed, verdict, digest, events, simulatedMillis, violation, notes: Object.fromEntries(kinds) };
}
