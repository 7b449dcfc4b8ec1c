import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ticketWorkload } from '../../src/apps/tickets/workload.ts';
import { plans, simulate } from '../../src/testing/index.ts';
import '../../src/testing/vitest.ts';

describe('Every plan', () => {
  test('keeps every rule: whatever the cluster, the faults and the clients', () => {
    fc.assert(
      fc.property(plans(ticketWorkload, { requestsAtMost: 16, horizonAtMost: 4_000 }), (plan) => {
        expect(simulate(ticketWorkload, plan)).toHaveHeld();
      }),
      { numRuns: 8, seed: 20_261 },
    );
  });
});
