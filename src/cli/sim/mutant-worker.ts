import { WORKLOADS } from '../../apps/simulated.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { type Hunt, hunt, workloadFor } from '../../sim/mutants/mutants.ts';
import { workloadOf } from '../../sim/workloads/index.ts';

/** One hunt for one planted bug; plain data, since it crosses threads. */
export interface HuntOrder {
  readonly id: PlantedBug;
  readonly from: number;
  readonly seedsAtMost: number;
  /** The service it is looked for on; the first it can be planted in unless one is named. */
  readonly service: string | undefined;
}

/** Hunts for one planted bug from one starting point. The default export is what the pool of workers calls. */
export default function carryOutHunt({ id, from, seedsAtMost, service }: HuntOrder): Hunt {
  const workload = service === undefined ? workloadFor(id, WORKLOADS) : workloadOf(service, WORKLOADS);
  return hunt(id, from, seedsAtMost, workload);
}
