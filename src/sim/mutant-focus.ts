import type { PlantedBug } from '../protocol/planted.ts';
import type { Focus } from './swarm.ts';

/**
 * What makes each bug likely to matter; the rest stays as the swarm has it. Without a focus most are found as well, some
 * of them late.
 */
export const FOCUS: Readonly<Partial<Record<PlantedBug, Focus>>> = {
  // An entry of an old epoch must come to be on a majority while its new primary has nothing of its own there, and a third
  // server must hold an entry of an epoch between: short reigns, cut off at any moment, one entry at a time. One front
  // end holds all witness votes, so that few voters decide.
  M06: {
    servers: [3, 5],
    frontEnds: [1, 1],
    faults: ['crash', 'partition', 'one-way'],
    strikes: [30, 60],
    horizon: 12_000,
    settings: {
      heartbeatEvery: 40,
      suspectAfter: 120,
      electAfter: 160,
      quorumWithin: 160,
      jitter: 100,
      rankDelay: 0,
      answerWithin: 60,
      penaltyFor: 200,
      resendAfter: 60,
      removeAfter: 5_000,
      batchAtMost: 1,
      inFlightAtMost: 1,
      acknowledge: 'majority',
      holdFor: 2_000,
      retryAfter: 100,
    },
    network: {
      delayMicros: [2_000, 5_000, 10_000, 20_000],
      tail: { perMille: 10, delayMicros: 50_000 },
      drop: 150,
    },
    workload: {
      clients: 6,
      requests: 60,
      think: 20,
      mix: { 'create-user': 3, purchase: 1 },
      attemptFor: 500,
      giveUpAfter: 3_000,
    },
  },
  // Somebody must fall so far behind that it takes a full copy, and then be asked again for what it does not remember.
  M11: {
    servers: [3, 5],
    faults: ['crash', 'partition'],
    strikes: [4, 12],
    settings: { snapshotEvery: 4, keepEntries: 0 },
  },
  // A primary that does not know it is deposed, and clients that still reach it.
  M13: {
    servers: [3, 5],
    faults: ['partition', 'one-way', 'pause'],
    strikes: [6, 14],
    settings: { reads: 'primary' },
  },
  M28: { servers: [3, 5], faults: ['crash', 'partition', 'one-way', 'pause'], strikes: [6, 16] },
  M29: { servers: [3, 5], faults: ['partition', 'one-way'], strikes: [4, 12] },
  M30: { workload: { clients: 4, requests: 20, think: 50, mix: { 'create-user': 1, purchase: 1 }, keyed: 0 } },
};
