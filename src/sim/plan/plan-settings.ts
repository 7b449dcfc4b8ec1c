import { z } from 'zod';

const whole = z.int().min(0).max(1_000_000_000).exactOptional();
const positive = z.int().min(1).max(1_000_000_000).exactOptional();

/** The settings a plan may change, with the names and units of `Settings`. */
export const settingsSchema = z.strictObject({
  heartbeatEvery: positive,
  suspectAfter: positive,
  electAfter: positive,
  rankDelay: whole,
  jitter: whole,
  answerWithin: positive,
  penaltyFor: positive,
  quorumWithin: positive,
  removeAfter: positive,
  stallFor: positive,
  readmitAfter: whole,
  lagAtMost: positive,
  lagFor: whole,
  resendAfter: positive,
  copyWithin: positive,
  batchAtMost: positive,
  inFlightAtMost: positive,
  uncommittedAtMost: positive,
  readsAtMost: positive,
  readWithin: positive,
  snapshotEvery: positive,
  keepEntries: whole,
  dedupeFor: positive,
  dedupeMargin: whole,
  dedupeAtMost: positive,
  callsAtMost: positive,
  acknowledge: z.enum(['in-sync', 'majority']).exactOptional(),
  minInSync: positive,
  gossipEvery: positive,
  unreachableAfter: positive,
  holdFor: positive,
  heldAtMost: positive,
  retryAfter: positive,
  locateEvery: positive,
  reads: z.enum(['primary', 'spread']).exactOptional(),
});
