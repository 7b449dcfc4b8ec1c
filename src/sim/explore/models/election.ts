import type { Bounds } from '../bounds.ts';
import type { Model } from '../model.ts';
import { TICK_SETTINGS } from '../ticks.ts';
import { COUNTER, counterService } from './counter.ts';

/** Bounds for random and priority-based schedules, which need not be complete. */
export const WIDE_BOUNDS: Bounds = {
  campaigns: 15,
  changes: 8,
  reboots: 8,
  slowWrites: 15,
  hints: 4,
  repeats: 15,
  losses: 0,
};

/** Three data servers elect a primary. */
export const election: Model = {
  name: 'election',
  title: 'three data servers elect a primary, from formatted disks on',
  service: counterService,
  topology: { clusterId: 'explored', servers: ['s1', 's2', 's3'], frontEnds: [], groups: [COUNTER] },
  settings: TICK_SETTINGS,
  bounds: { campaigns: 3, changes: 0, reboots: 1, slowWrites: 0, hints: 0, repeats: 0, losses: 0 },
  wideBounds: { ...WIDE_BOUNDS, changes: 0 },
  requests: [],
  begins: 'blank',
};

/** Two data servers and a witness elect a primary. */
export const electionWitness: Model = {
  ...election,
  name: 'election-witness',
  title: 'two data servers and a witness elect a primary, from formatted disks on',
  topology: { clusterId: 'explored', servers: ['s1', 's2'], frontEnds: ['f1'], groups: [COUNTER] },
  bounds: { campaigns: 2, changes: 0, reboots: 1, slowWrites: 1, hints: 0, repeats: 0, losses: 0 },
};
