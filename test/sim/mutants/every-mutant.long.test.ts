import { describe, expect, test } from 'vitest';
import { bazaarWorkload } from '../../../src/apps/bazaar/workload.ts';
import { WORKLOADS } from '../../../src/apps/simulated.ts';
import { canBePlanted, hunt, MUTANTS, workloadFor } from '../../../src/sim/mutants/mutants.ts';

/** Seeds tried for one planted bug; the rarest needs about sixty. */
const SEEDS_AT_MOST = 300;

describe('every planted bug', () => {
  test.each(MUTANTS)('%s is found from the first seed on, and no plan fails without it.', (id) => {
    const { found, falseAlarms } = hunt(id, 1, SEEDS_AT_MOST, workloadFor(id, WORKLOADS));
    expect(falseAlarms).toEqual([]);
    expect(found, `npx understudy sim mutants --only ${id}`).toBeDefined();
  });
});

describe('a bug of a front end or of a call between groups', () => {
  const ids = [
    'retries-read-without-token',
    'retries-under-new-uuid',
    'fills-cache-after-invalidation',
    'executes-repeated-call-again',
  ] as const;

  test.each(ids)('%s is found on the bazaar, too.', (id) => {
    expect(canBePlanted(id, bazaarWorkload)).toBe(true);
    const { found, falseAlarms } = hunt(id, 1, SEEDS_AT_MOST, bazaarWorkload);
    expect(falseAlarms).toEqual([]);
    expect(found, `npx understudy sim mutants --service bazaar --only ${id}`).toBeDefined();
  });
});
