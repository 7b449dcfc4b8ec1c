import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { showTime } from '../../sim/base/trace.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { compareRuns } from '../../sim/verdict/determinism.ts';
import { knownWorkloads } from '../shared/services.ts';

/** Runs a plan twice. The first event that differs, in words; undefined without one. */
export function differenceIn(plan: Plan, planted: readonly PlantedBug[] = []): string | undefined {
  const { difference } = compareRuns(plan, { planted: new Set(planted), workloads: knownWorkloads() });
  if (difference === undefined) return undefined;
  const { number, at, what } = difference;
  return `event ${number} at ${showTime(at).trim()} s differs: ${what}`;
}
