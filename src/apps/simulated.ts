import type { Model } from '../sim/explore/model.ts';
import { MODELS } from '../sim/explore/models/index.ts';
import type { Workload } from '../sim/workloads/workload.ts';
import { bazaarWorkload } from './bazaar/workload.ts';
import { calls } from './tickets/explore-model.ts';
import { ticketWorkload } from './tickets/workload.ts';

// What simulates the services that come along. No live process loads this: its registry is index.ts.

/** How clients use each of the services, in the order of `SERVICES`; with the bugs that are planted in them. */
export const WORKLOADS: readonly Workload[] = [ticketWorkload, bazaarWorkload];

/** Every model that can be explored: those of the protocol, then those of a service. */
export const EXPLORE_MODELS: readonly Model[] = [...MODELS, calls];
