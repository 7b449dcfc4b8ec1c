import { expect, test } from 'vitest';
import { FORGED, FORGED_BY_MEMBERS } from '../../../src/sim/plan/fault.ts';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';

/** A stranger, and a front end, say to all nodes all that they may not say, twice. */
function forgeries(servers: number): PlanInput {
  const faults = FORGED.flatMap((says, place) =>
    ['x1', ...(place < FORGED_BY_MEMBERS ? ['f1'] : [])].flatMap((as) =>
      [1_000, 1_700].map((at) => {
        return { type: 'forge' as const, at: at + place, as, to: ['servers', 'front ends'], group: 'events', says };
      }),
    ),
  );
  return { name: 'forgeries', servers, frontEnds: 2, horizon: 2_500, workload: { clients: 2, requests: 10 }, faults };
}

test.each([1, 2, 3, 5])('What a stranger forges changes nothing in a cluster of %i servers', (servers) => {
  const { violation, verdict, notes } = runPlan(planOf(forgeries(servers)));
  expect(violation).toBeUndefined();
  expect(verdict).toBe('ok');
  expect(notes['ignores-stranger']).toBeGreaterThan(FORGED.length);
});

test.each(FORGED.slice(0, FORGED_BY_MEMBERS).filter((says) => says !== 'located'))(
  'With the check of roles left out a judge reports a %s that a front end forged',
  (says) => {
    const forge = { type: 'forge' as const, at: 1_000, as: 'f1', to: ['servers'], group: 'events', says };
    const input: PlanInput = { name: says, servers: 3, frontEnds: 2, horizon: 3_000, faults: [forge] };
    const crash = { type: 'crash' as const, at: 1_500, node: 'primary of events' };
    const plan = planOf({ ...input, faults: [forge, crash] });
    expect(runPlan(plan).violation).toBeUndefined();
    const { violation } = runPlan(plan, { planted: new Set(['takes-messages-of-strangers']) });
    expect(['strangers', 'counted-first', 'honest-vote', 'committed-immutable']).toContain(violation?.judge);
  },
);
