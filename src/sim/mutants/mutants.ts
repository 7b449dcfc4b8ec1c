import { CATALOGUE, isPlantedBug, type PlantedBug } from '../../protocol/model/mutants.ts';
import { isCached } from '../coverage/goals.ts';
import type { Plan } from '../plan/plan.ts';
import { planOfSeed } from '../plan/swarm.ts';
import { runPlan } from '../verdict/run.ts';
import type { Workload } from '../workloads/workload.ts';
import { focusOf } from './mutant-focus.ts';

/** The hunt for one planted bug, one seed after the other. */
export interface Hunt {
  readonly id: PlantedBug;
  /** The first seed. */
  readonly from: number;
  /** Seeds tried, including the one that found it. */
  readonly tried: number;
  readonly found: { readonly seed: number; readonly judge: string; readonly reason: string } | undefined;
  /** Seeds whose plan breaks a rule even without the bug; there must be none. */
  readonly falseAlarms: readonly number[];
}

/** Everything the simulator can plant, in the order of the catalogue. */
const PLANTABLE: readonly PlantedBug[] = Object.keys(CATALOGUE).filter(isPlantedBug);

/** The planted bugs that hunts look for: a judge must find each of them. */
export const MUTANTS: readonly PlantedBug[] = PLANTABLE.filter((id) => !isHarmless(id) && scenarioOf(id) === undefined);

/** The planted bugs that a written scenario finds. */
export const IN_SCENARIOS: readonly PlantedBug[] = PLANTABLE.filter((id) => scenarioOf(id) !== undefined);

/** Harmless changes: no judge may report them. */
export const HARMLESS: readonly PlantedBug[] = PLANTABLE.filter(isHarmless);

/** Bugs of features that do not exist yet. */
export const NOT_BUILT: readonly string[] = Object.keys(CATALOGUE).filter((id) => !isPlantedBug(id));

export function isHarmless(id: PlantedBug): boolean {
  return 'harmless' in CATALOGUE[id];
}

/** The scenario that finds `id`; undefined for a bug that hunts look for. */
export function scenarioOf(id: PlantedBug): string | undefined {
  return CATALOGUE[id].scenario;
}

/**
 * Whether the workload's service has what the bug is about: without a cache, for instance, there is no late fill. A bug
 * of an app is a version of its service.
 */
export function canBePlanted(id: PlantedBug, { service, mutants = {} }: Workload): boolean {
  if (CATALOGUE[id].where === 'app') return mutants[id] !== undefined;
  return id !== 'fills-cache-after-invalidation' || isCached(service);
}

/** The default workload of a hunt for `id`: the first whose service it can be planted in. */
export function workloadFor(id: PlantedBug, workloads: readonly Workload[]): Workload {
  const found = workloads.find((workload) => canBePlanted(id, workload));
  if (found === undefined) throw new RangeError(`${id} can be planted in none of the services`);
  return found;
}

/** The plan of a hunt for `id` under `seed`. */
export function mutantPlan(id: PlantedBug, seed: number, workload: Workload): Plan {
  return planOfSeed(seed, focusOf(id, workload), [workload]);
}

/**
 * Hunts for `id`: runs the plans of seeds from `from` on with it planted, until a judge reports a violation or
 * `seedsAtMost` have been tried. A find counts only if the same plan is clean without the bug: a judge that always
 * fails finds nothing. The runs are light (see `RunOptions`): what the strict checks would find of these bugs, judges
 * find a little later.
 */
export function hunt(id: PlantedBug, from: number, seedsAtMost: number, workload: Workload): Hunt {
  const planted = new Set([id]);
  const light = { strict: false, workloads: [workload] };
  const falseAlarms: number[] = [];
  for (let seed = from; seed < from + seedsAtMost; seed += 1) {
    const plan = mutantPlan(id, seed, workload);
    const { violation } = runPlan(plan, { ...light, planted });
    if (violation === undefined) continue;
    if (runPlan(plan, light).verdict === 'violation') {
      falseAlarms.push(seed);
      continue;
    }
    const { judge, reason } = violation;
    return { id, from, tried: seed - from + 1, found: { seed, judge, reason }, falseAlarms };
  }
  return { id, from, tried: seedsAtMost, found: undefined, falseAlarms };
}
