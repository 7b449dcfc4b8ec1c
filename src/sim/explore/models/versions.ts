import type { Build } from '../../plan/plan.ts';
import type { Model } from '../model.ts';
import { NEVER, TICK_SETTINGS } from '../ticks.ts';
import { COUNTER, counterService } from './counter.ts';
import { WIDE_BOUNDS } from './election.ts';
import { writes } from './replication.ts';

const OLD: Build = { oldest: 1, newest: 1 };
const BOTH: Build = { oldest: 1, newest: 2 };
const NEW: Build = { oldest: 2, newest: 2 };

/** A version of the service is activated while servers are restarted on other builds (PROTOCOL §11). */
export const versions: Model = {
  name: 'versions',
  title: 'three data servers replicate one write and activate a version, while two are restarted on other builds',
  service: counterService,
  topology: { clusterId: 'explored', servers: ['s1', 's2', 's3'], frontEnds: [], groups: [COUNTER] },
  settings: { ...TICK_SETTINGS, keepEntries: NEVER },
  builds: { s1: [OLD, BOTH], s2: [BOTH, OLD], s3: [BOTH] },
  bounds: { campaigns: 0, changes: 0, reboots: 1, slowWrites: 0, hints: 0, repeats: 0, losses: 0 },
  wideBounds: { ...WIDE_BOUNDS, changes: 0 },
  requests: writes('write-1', ['s3']),
  begins: { ledBy: { [COUNTER]: 's3' } },
};

/** The same with a witness: the primary must be one of two, and a mute one may have the newest log. */
export const versionsWitness: Model = {
  ...versions,
  name: 'versions-witness',
  title: 'two data servers and a witness activate a version, while servers are restarted on other builds',
  topology: { clusterId: 'explored', servers: ['s1', 's2'], frontEnds: ['f1'], groups: [COUNTER] },
  builds: { s1: [BOTH, OLD, NEW], s2: [BOTH, OLD, NEW] },
  bounds: { campaigns: 0, changes: 0, reboots: 1, slowWrites: 0, hints: 0, repeats: 0, losses: 0 },
  requests: writes('write-1', ['s2']),
  begins: { ledBy: { [COUNTER]: 's2' } },
};
