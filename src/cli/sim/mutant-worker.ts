import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { hunt, type Hunt } from '../../sim/mutants/mutants.ts';

/** One hunt for one planted bug; plain data, since it crosses threads. */
export interface HuntOrder {
  readonly id: PlantedBug;
  readonly from: number;
  readonly seedsAtMost: number;
  /** The service it is looked for on; that of its focus unless one is named. */
  readonly service: string | undefined;
}

/** Hunts for one planted bug from one starting point. The default export is what the pool of workers calls. */
export default function carryOutHunt({ id, from, seedsAtMost, service }: HuntOrder): Hunt {
  return hunt(id, from, seedsAtMost, service);
}
