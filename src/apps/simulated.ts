import type { Model } from '../sim/explore/model.ts';
import { MODELS } from '../sim/explore/models/index.ts';
import type { Workload } from '../sim/workloads/workload.ts';
import { bazaarWorkload } from './bazaar/workload.ts';
import { calls } from './tickets/explore-model.ts';
import { ticketWorkload } from './tickets/workload.ts';

// The simulation of the included services. A live process does not load this: its registry is index.ts.

/** The workload of each service, in the order of `SERVICES`, with its planted bugs. */
export const WORKLOADS: readonly Workload[] = [ticketWorkload, bazaarWorkload];

/** All models that can be explored: those of the protocol, then those of a service. */
export const EXPLORE_MODELS: readonly Model[] = [...MODELS, calls];
