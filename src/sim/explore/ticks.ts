import type { Moment } from '../../protocol/model/effects.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../protocol/model/settings.ts';

/*
 * Time in the explorer. Each node has a clock that counts ticks and always shows `NOW`: on a tick, everything the node
 * remembers becomes one tick older instead (canonical.ts). Clocks of different nodes are unrelated; a tick may pass at
 * any node at any moment.
 */

/** What every clock always shows. */
export const NOW = 1_000_000;

/** A wait that never ends. */
export const NEVER = 100_000;

/** The moment of every step. Wall time never advances: expiry by it is not explored. */
export const MOMENT: Moment = Object.freeze({ millis: NOW, wall: 1_700_000_000_000, chance: 0 });

/**
 * The shortest possible waits: every timeout may expire one tick after it began. No jitter and no delay by rank, since
 * any node may be the first to tick anyway.
 */
export const TICK_SETTINGS: Settings = Object.freeze({
  ...DEFAULT_SETTINGS,
  heartbeatEvery: 1,
  // A peer is silent after one tick without a message. A primary without a quorum of heard peers takes no writes, and
  // steps down if its timer fires before they are heard.
  suspectAfter: 0,
  electAfter: 1,
  rankDelay: 0,
  jitter: 0,
  answerWithin: 1,
  // A penalty lasts for ever: what matters is that `better` may count as `ok`, and may not.
  penaltyFor: NEVER,
  quorumWithin: 0,
  removeAfter: NEVER,
  stallFor: NEVER,
  slowAfter: NEVER,
  slowFor: NEVER,
  readmitAfter: NEVER,
  admitAfter: NEVER,
  witnessAfter: NEVER,
  // Leadership is transferred by order only.
  transferAfter: NEVER,
  lagFor: NEVER,
  // A message may arrive at any later time, and again: sending it again adds nothing.
  resendAfter: NEVER,
  copyWithin: NEVER,
  readWithin: 1,
  retryAfter: NEVER,
  locateEvery: 1,
  snapshotEvery: NEVER,
  compareEvery: NEVER,
  keepEntries: 0,
  batchAtMost: 8,
  inFlightAtMost: 4,
});
