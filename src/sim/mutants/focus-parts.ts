import type { Focus } from '../plan/swarm.ts';

// What several focuses have in common: settings, and kinds of cluster.

/** Terms of a few hundred milliseconds: many elections, and so many chances for a bug in them. */
export const SHORT_TERMS = {
  heartbeatEvery: 40,
  suspectAfter: 120,
  electAfter: 160,
  quorumWithin: 160,
  answerWithin: 60,
  jitter: 100,
  rankDelay: 0,
} as const;

/** Disk times for short terms: with answers slower than the timeouts no node would ever be elected. */
export const FAST_DISK = { syncMicros: [200, 400, 900] };
/** The same for messages. */
export const FAST_NETWORK = { delayMicros: [500, 1_000, 2_000, 5_000] };

/** Servers lag so far behind that only a full copy helps. */
export const FULL_COPIES: Focus = {
  servers: [3, 5],
  faults: ['crash', 'partition'],
  strikes: [4, 12],
  settings: { snapshotEvery: 4, keepEntries: 0 },
};

/** Snapshots that are written as changes, often, and processes that die between two of them. */
export const CHANGES_FILES: Focus = {
  servers: [3, 4],
  faults: ['crash', 'partition'],
  strikes: [4, 12],
  settings: { snapshotEvery: 4, keepEntries: 0 },
  disk: { ...FAST_DISK, wholeWhenSmall: false, linksAtMost: 4, saveMicros: [5_000, 20_000] },
};

/** Disks that lose their last record, and start again before their primary has changed. */
export const LOST_RECORDS: Focus = {
  servers: [3, 5],
  faults: ['lose-record'],
  settings: { removeAfter: 5_000, snapshotEvery: 1_000 },
  disk: FAST_DISK,
  workload: { clients: 2, requests: 12, think: 300 },
};

/** Short terms, and wall clocks that jump by as much as the window of requests allows. */
export const WRONG_CLOCKS: Focus = {
  servers: [3, 5],
  faults: ['crash', 'partition', 'one-way', 'jump-clock'],
  strikes: [12, 24],
  // Results that are kept for so long must not fill their memory: a group would take no more writes.
  settings: { ...SHORT_TERMS, dedupeFor: 600_000, dedupeMargin: 60_000, dedupeAtMost: 2_000_000 },
  network: FAST_NETWORK,
  disk: FAST_DISK,
};

/** Writes without a key. */
export const NUMBERED: Focus = {
  servers: [3, 5],
  frontEnds: [2, 4],
  faults: ['crash', 'partition', 'one-way'],
  strikes: [6, 14],
  workload: { clients: 6, requests: 40, think: 20, keyed: 0 },
};

/** Writes that are given up soon, and asked for. */
export const ASKED_FOR: Focus = {
  ...NUMBERED,
  settings: { dedupeFor: 2_000, dedupeMargin: 2_500, dedupeAtMost: 2_000_000, holdFor: 300, retryAfter: 100 },
  workload: { clients: 4, requests: 20, think: 100, keyed: 0 },
};

/** Numbered writes in sessions so short that an outage ends them. */
export const SHORT_SESSIONS: Focus = {
  ...NUMBERED,
  settings: { dedupeFor: 1_500, dedupeMargin: 2_500, dedupeAtMost: 2_000_000, holdFor: 20_000, retryAfter: 200 },
  workload: { clients: 3, requests: 40, think: 60, keyed: 0 },
};

/** Servers whose builds change, and die. */
export const UPGRADES: Focus = {
  servers: [3, 5],
  faults: ['deploy', 'crash', 'partition'],
  strikes: [2, 6],
  disk: FAST_DISK,
  workload: { clients: 4, requests: 30, think: 100 },
};

/** Upgrades whose migration takes long, and processes that live on. */
export const SLOW_MIGRATIONS: Focus = {
  ...UPGRADES,
  servers: [3, 4],
  faults: ['deploy', 'transfer'],
  settings: SHORT_TERMS,
  network: FAST_NETWORK,
  horizon: 10_000,
};

/** Few clients that ask often: with a mix of writes and of reads that show them all, a stale read cannot hide. */
export const MANY_READS = { clients: 6, requests: 40, think: 20 } as const;

/** Writes without a pause. */
export const MANY_WRITES = { clients: 6, requests: 60, think: 0 } as const;
