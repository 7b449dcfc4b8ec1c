import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Focus } from '../../sim/plan/swarm.ts';
import { FAST_DISK, FAST_NETWORK, SHORT_REIGNS } from '../../sim/mutants/mutant-focus.ts';

/** What makes a bug likely to matter on the bazaar, where that takes requests of its own. */
export const BAZAAR_FOCUS: Readonly<Partial<Record<PlantedBug, Focus>>> = {
  // The last of a stock, and several who want it at once.
  M26: { workload: { clients: 6, requests: 40, think: 0, mix: { list: 1, buy: 10 } } },
  // The catalogue must get a new primary that has the trade in its log and has not applied it.
  M34: {
    servers: [3, 5],
    faults: ['crash', 'pause', 'partition'],
    strikes: [10, 20],
    settings: { ...SHORT_REIGNS, retryAfter: 100 },
    network: FAST_NETWORK,
    disk: FAST_DISK,
    workload: { clients: 6, requests: 40, think: 20, mix: { list: 1, buy: 4, sell: 4 } },
  },
};
