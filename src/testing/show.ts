import { showTime } from '../sim/base/trace.ts';
import { planText } from './plan-text.ts';
import type { Simulation } from './simulate.ts';

/**
 * The command that repeats a run, and its plan. The command line knows the services of the package by name; every other
 * one has to be loaded from its file.
 */
export function showReplay({ plan, planted }: Pick<Simulation, 'plan' | 'planted'>): string {
  const bugs = planted.length === 0 ? '' : ` --plant ${planted.join(',')}`;
  const run = `npx understudy sim run plan.yaml --services FILE${bugs} --trace`;
  const file = `FILE is the module that exports ${plan.service}. For a service of the package, leave out --services FILE.`;
  return `Keep this as plan.yaml, and see it again with: ${run}\n${file}\n\n${planText(plan)}`;
}

/** The broken rule and its time; `every rule held` if none was. */
export function showVerdict({ violation }: Pick<Simulation, 'violation'>): string {
  if (violation === undefined) return 'every rule held';
  const { judge, reason, event } = violation;
  return `the judge “${judge}” says: ${reason}\n  event ${event.number} at ${showTime(event.at).trim()} s: ${event.what}`;
}
