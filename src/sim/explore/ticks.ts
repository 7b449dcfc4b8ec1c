import type { Moment } from '../../protocol/model/effects.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/model/settings.ts';

/*
 * Time as the explorer has it. Each node has a clock of its own that counts in ticks and always shows `NOW`: when a tick
 * passes, everything the node remembers grows one tick older instead (canonical.ts). Clocks of different nodes have nothing
 * to do with each other, and a tick may pass at any node at any moment.
 */

/** What every clock shows, always. */
export const NOW = 1_000_000;

/** A wait that never ends. */
export const NEVER = 100_000;

/** The moment of every step. Wall time stands still: what expires by it is not explored. */
export const MOMENT: Moment = Object.freeze({ millis: NOW, wall: 1_700_000_000_000, chance: 0 });

/**
 * The shortest waits there are: everything that can run out may run out one tick after it began. No jitter and no delay
 * by rank, since any node may be the first to tick anyway.
 */
export const TICK_SETTINGS: Settings = Object.freeze({
  ...DEFAULT_SETTINGS,
  heartbeatEvery: 1,
  // A peer is silent as soon as one tick has passed without a word of it, and a primary without a quorum of such words
  // takes no writes, and steps down if its timer fires before they come.
  suspectAfter: 0,
  electAfter: 1,
  rankDelay: 0,
  jitter: 0,
  answerWithin: 1,
  // Passed over once, passed over for good: that `better` may count as `ok`, and may not, is what matters.
  penaltyFor: NEVER,
  quorumWithin: 0,
  removeAfter: NEVER,
  stallFor: NEVER,
  readmitAfter: NEVER,
  admitAfter: NEVER,
  witnessAfter: NEVER,
  // The lead is handed over by order only.
  transferAfter: NEVER,
  lagFor: NEVER,
  // What was sent may arrive at any later time, and again: sending it again adds nothing.
  resendAfter: NEVER,
  copyWithin: NEVER,
  readWithin: 1,
  retryAfter: NEVER,
  locateEvery: 1,
  snapshotEvery: NEVER,
  keepEntries: 0,
  batchAtMost: 8,
  inFlightAtMost: 4,
});
