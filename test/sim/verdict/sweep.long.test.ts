import { describe, expect, test } from 'vitest';
import { planOfSeed, runPlan } from '../../support/sim/bundled.ts';

/** Seeds of one test: enough tests have a name of their own, so that a failure says where to look. */
const SEEDS_OF_A_PART = 50;

const tickets = [910_001, 910_051, 910_101, 910_151, 910_201, 910_251];
const bazaar = [920_001, 920_051, 920_101];

describe('A sweep', () => {
  test.each([...tickets.map((from) => ['tickets', from] as const), ...bazaar.map((from) => ['bazaar', from] as const)])(
    'of %s breaks no rule under fifty seeds from %i on',
    (service, from) => {
      for (let seed = from; seed < from + SEEDS_OF_A_PART; seed += 1) {
        const plan = planOfSeed(seed, { service });
        const { violation } = runPlan(plan, { strict: seed % 8 === 0 });
        expect(violation, `understudy sim fuzz --service ${service} --from ${seed} --seeds 1`).toBeUndefined();
      }
    },
  );
});
