import { WORKLOADS } from '../../apps/simulated.ts';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { type Hunt, hunt, workloadFor } from '../../sim/mutants/mutants.ts';
import { workloadOf } from '../../sim/workloads/index.ts';

/** One hunt for one planted bug; plain data for another thread. */
export interface HuntOrder {
  readonly id: PlantedBug;
  readonly from: number;
  readonly seedsAtMost: number;
  /** The service to hunt on. Default: the first one the bug can be planted in. */
  readonly service: string | undefined;
}

/** Hunts for one planted bug from one starting point. The pool of workers calls this default export. */
export default function carryOutHunt({ id, from, seedsAtMost, service }: HuntOrder): Hunt {
  const workload = service === undefined ? workloadFor(id, WORKLOADS) : workloadOf(service, WORKLOADS);
  return hunt(id, from, seedsAtMost, workload);
}
