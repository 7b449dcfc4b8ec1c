import type { Model } from '../model.ts';
import { TICK_SETTINGS } from '../ticks.ts';
import { COUNTER, counterService } from './counter.ts';
import { WIDE_BOUNDS } from './election.ts';
import { writes } from './replication.ts';

const SERVERS = ['s1', 's2', 's3'];

/** A disk loses what it has acknowledged, and the others have it (PROTOCOL §2.7). */
export const forgetting: Model = {
  name: 'forgetting',
  title: 'three data servers replicate one write, a disk loses an entry that a majority of the others has',
  service: counterService,
  topology: { clusterId: 'explored', servers: SERVERS, frontEnds: [], groups: [COUNTER] },
  settings: TICK_SETTINGS,
  bounds: { campaigns: 1, changes: 0, reboots: 0, slowWrites: 0, hints: 0, repeats: 0, losses: 1 },
  wideBounds: { ...WIDE_BOUNDS, losses: 4 },
  requests: writes('write-1', ['s3']),
  begins: { ledBy: { [COUNTER]: 's3' } },
};

/** The same with a witness, and with a server that may lose its vote. */
export const forgettingWitness: Model = {
  ...forgetting,
  name: 'forgetting-witness',
  title: 'two data servers and a witness, a disk loses an entry that a majority of the others has',
  topology: { clusterId: 'explored', servers: ['s1', 's2'], frontEnds: ['f1'], groups: [COUNTER] },
  settings: { ...TICK_SETTINGS, removeAfter: 2 },
  bounds: { campaigns: 1, changes: 1, reboots: 0, slowWrites: 0, hints: 0, repeats: 0, losses: 1 },
  requests: writes('write-1', ['s2']),
  begins: { ledBy: { [COUNTER]: 's2' } },
};
