import type { Dice } from '../base/random.ts';
import type { PlanInput } from './plan.ts';

/** A part of a plan as in a file. */
type Knobs<Part extends 'settings' | 'network' | 'disk' | 'clocks' | 'workload'> = NonNullable<PlanInput[Part]>;

/** Settings of a cluster of `servers` data servers. */
export function swarmSettings(dice: Dice, servers: number): Knobs<'settings'> {
  const beat = dice.pick(40, 50, 100, 100);
  const electAfter = beat * dice.between(4, 8);
  const dedupeFor = dice.pick(5_000, 600_000, 600_000, 600_000);
  const dedupeMargin = dice.pick(2_500, 60_000);
  // A full memory of results takes nothing new until the oldest expires, so that must be soon.
  const forgetsSoon = dedupeFor + dedupeMargin < 10_000;
  return {
    heartbeatEvery: beat,
    suspectAfter: beat * dice.between(3, 4),
    electAfter,
    rankDelay: dice.pick(0, 20, 100),
    jitter: dice.pick(20, 50, 200),
    answerWithin: beat * dice.between(1, 3),
    penaltyFor: dice.between(2, 20) * 100,
    quorumWithin: electAfter,
    removeAfter: electAfter + beat * dice.between(1, 12),
    readmitAfter: dice.between(1, 20) * 100,
    lagAtMost: dice.pick(10, 100, 100_000),
    lagFor: dice.between(5, 30) * 100,
    resendAfter: beat * dice.between(2, 6),
    copyWithin: beat * dice.between(10, 40),
    batchAtMost: dice.pick(1, 1, 2, 8, 512),
    inFlightAtMost: dice.pick(1, 2, 4),
    uncommittedAtMost: dice.pick(3, 50, 20_000),
    readsAtMost: dice.pick(3, 20_000),
    readWithin: dice.between(3, 20) * 100,
    snapshotEvery: dice.pick(3, 5, 10, 25, 1_000),
    keepEntries: dice.pick(0, 0, 1, 5, 20),
    callsAtMost: dice.pick(1, 2, 256),
    stallFor: dice.between(5, 50) * 100,
    dedupeFor,
    dedupeMargin,
    dedupeAtMost: forgetsSoon ? dice.pick(6, 30, 2_000_000) : 2_000_000,
    acknowledge: dice.chance(200) ? 'majority' : 'in-sync',
    minInSync: dice.chance(150) ? Math.min(2, servers) : 1,
    holdFor: dice.between(2, 20) * 1_000,
    heldAtMost: dice.pick(2, 10_000),
    retryAfter: dice.between(2, 10) * 100,
    locateEvery: dice.pick(20, 50, 200),
    reads: dice.pick('primary', 'spread'),
    gossipEvery: dice.pick(100, 500),
    unreachableAfter: dice.between(5, 30) * 100,
    admitAfter: dice.pick(100, 500, 1_500),
    witnessAfter: dice.pick(1_000, 3_000, 10_000),
    transferAfter: dice.pick(500, 1_500, 5_000),
    transferCoolDown: dice.pick(1_000, 30_000),
    flapWithin: dice.pick(1_000, 10_000),
    transferHeldAtMost: dice.pick(2, 10_000),
    pendingSizeAtMost: dice.chance(50) ? 150 : 64 * 1024 * 1024,
  };
}

/** Bounds on sizes, small enough for short runs to meet them. */
export function swarmSizes(dice: Dice): Knobs<'settings'> {
  const answerSizeAtMost = dice.pick(400, 2_000, 8 * 1024 * 1024, 8 * 1024 * 1024);
  return {
    answerSizeAtMost,
    pageSizeAtMost: Math.min(answerSizeAtMost, dice.pick(1, 100, 250, 256 * 1024)),
    versionsAtMost: dice.pick(1, 2, 64),
    versionFor: dice.pick(300, 2_000, 30_000),
    listsAtMost: dice.pick(1, 2, 64),
    heldSizeAtMost: dice.pick(300, 64 * 1024 * 1024, 64 * 1024 * 1024),
  };
}

/** A quota that a group's state and results may reach within a run, in one seed of twelve (PROTOCOL §4.8). */
export function swarmQuota(dice: Dice): Knobs<'settings'> {
  const stateSizeAtMost = dice.pick(1_500, 3_000, 6_000, 12_000);
  return dice.chance(80) ? { stateSizeAtMost } : {};
}

/** Cache settings of a front end, for a service whose answers may be cached. */
export function swarmCache(dice: Dice): Knobs<'settings'> {
  return {
    cacheSize: dice.pick(0, 1, 2, 3, 8),
    cacheFor: dice.pick(300, 1_000, 2_000, 5_000),
    watchEvery: dice.pick(50, 200, 500),
  };
}

/** Default conditions of all links. */
export function swarmNetwork(dice: Dice): Knobs<'network'> {
  return {
    delayMicros: dice.pick(
      [200, 300, 500],
      [500, 800, 1_000, 1_500, 2_000],
      [1_000, 5_000, 10_000, 20_000],
      [100, 1_000, 2_000, 60_000],
    ),
    tail: { perMille: dice.pick(0, 5, 40), delayMicros: dice.pick(20_000, 200_000, 1_500_000) },
    drop: dice.pick(0, 0, 5, 30, 150),
    duplicate: dice.pick(0, 0, 10, 150),
    ordered: dice.chance(300),
    refusals: dice.chance(700),
  };
}

/** Clients with some of the service's kinds of request. */
export function swarmWorkload(dice: Dice, kinds: readonly string[], settings: Knobs<'settings'>): Knobs<'workload'> {
  const mix: Record<string, number> = {};
  for (const kind of kinds) if (dice.chance(750)) mix[kind] = dice.pick(1, 1, 3, 10);
  return {
    clients: dice.between(1, 6),
    requests: dice.between(4, 30),
    think: dice.pick(0, 20, 100, 300),
    mix,
    keyed: dice.pick(0, 500, 1_000),
    tokens: dice.pick(0, 500, 1_000),
    session: dice.pick(0, 300, 900),
    attemptFor: dice.between(3, 30) * 100,
    // With a small memory of results a client needs patience.
    giveUpAfter: dice.between(3, 15) * 1_000 + ((settings.dedupeAtMost ?? 1_000) < 1_000 ? 20_000 : 0),
  };
}

/** Disk times, and the number of records under one checksum. */
export function swarmDisk(dice: Dice): Knobs<'disk'> {
  return {
    syncMicros: dice.pick([0, 100, 300], [200, 400, 900], [1_000, 5_000, 20_000], [500, 500, 500, 500, 80_000]),
    saveMicros: dice.pick([1_000], [5_000, 50_000], [10_000, 400_000]),
    recordsPerFrame: dice.pick(1, 2, 1_000_000, 1_000_000),
  };
}

/**
 * Clock errors, and the sum of all jumps of wall clocks in milliseconds. Beyond half of the window in which a request
 * counts, or beyond the margin, a cluster cannot be expected to serve: entries are stamped by clocks, and their time
 * never goes back (PROTOCOL §13).
 */
export function swarmClocks(
  dice: Dice,
  { dedupeFor = 600_000, dedupeMargin = 60_000 }: Knobs<'settings'>,
): { readonly clocks: Knobs<'clocks'>; readonly jumpsAtMost: number } {
  const bound = Math.min(dedupeMargin, Math.floor(dedupeFor / 2));
  const wallSpread = dice.pick(0, 0, 5, Math.min(2_000, Math.floor(bound / 3)));
  return { clocks: { wallSpread, drift: dice.pick(0, 0, 1, 10, 50) }, jumpsAtMost: bound - wallSpread };
}
