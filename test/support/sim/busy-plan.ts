import { planOf } from './bundled.ts';

/** A busy plan in which a bug hides: nothing in it is needed but one write, and a retry that comes soon. */
export const BUSY = planOf({
  seed: 4,
  servers: 3,
  settings: { retryAfter: 200, heartbeatEvery: 50, suspectAfter: 200 },
  network: { drop: 20, tail: { perMille: 20, delayMicros: 100_000 } },
  workload: { clients: 2, requests: 6, think: 20, mix: { 'create-user': 2, purchase: 1 } },
  faults: [
    { type: 'hold', at: 900, from: ['primary of users'], name: 'a hold' },
    { type: 'release', at: 1_700, name: 'a hold' },
    { type: 'slow-disk', at: 1_203, node: 's2', syncMicros: 20_000 },
  ],
  horizon: 3_000,
});
