import type { Model } from '../model.ts';
import { TICK_SETTINGS } from '../ticks.ts';
import { COUNTER, counterService } from './counter.ts';
import { WIDE_BOUNDS } from './election.ts';
import { writes } from './replication.ts';

const SERVERS = ['s1', 's2'];

/** Deduplication: one request comes again and again, while logs are compacted and full copies are sent. */
export const dedupe: Model = {
  name: 'dedupe',
  title: 'one request comes again and again, while logs are compacted, full copies are given and primaries change',
  service: counterService,
  topology: { clusterId: 'explored', servers: SERVERS, frontEnds: ['f1'], groups: [COUNTER] },
  // Every second visible entry makes a snapshot and keeps no entry before it: a replica that lacks one entry gets a
  // full copy. An unanswered append is sent again, since by then it may have to be a full copy.
  settings: { ...TICK_SETTINGS, removeAfter: 2, snapshotEvery: 2, keepEntries: 0, resendAfter: 1, copyWithin: 1 },
  bounds: { campaigns: 0, changes: 1, reboots: 1, slowWrites: 0, hints: 0, repeats: 0, losses: 0 },
  wideBounds: WIDE_BOUNDS,
  requests: writes('write-1', SERVERS),
  begins: { ledBy: { [COUNTER]: 's2' } },
};
