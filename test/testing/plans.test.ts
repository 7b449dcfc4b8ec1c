import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { tickets } from '../../src/apps/tickets/service.ts';
import { ticketWorkload } from '../../src/apps/tickets/workload.ts';
import { post } from '../../src/sim/workloads/workload.ts';
import {
  type FaultInput,
  faultSchedules,
  FOR_GOOD,
  PASSING,
  plans,
  planText,
  workloads,
} from '../../src/testing/index.ts';
import { decodePlan, planOf } from '../support/sim/bundled.ts';

const ground = { servers: 3, frontEnds: 2, groups: ['events', 'users'], horizon: 5_000 };
const request = fc.constantFrom(post('/users/create', { username: 'ann' }), post('/users/create', {}));

/** The plan that fast-check ends at when `isWanted` is what makes a property fail. */
function smallest(isWanted: (plan: ReturnType<typeof planOf>) => boolean) {
  const { counterexample } = fc.check(
    fc.property(plans(ticketWorkload), (plan) => !isWanted(plan)),
    { seed: 7, numRuns: 500 },
  );
  const [plan] = counterexample ?? [];
  if (plan === undefined) throw new Error('nothing was found');
  return plan;
}

describe('plans', () => {
  test('are valid, whatever they are made of, and come back from the scenario they print as', () => {
    for (const made of [
      plans(ticketWorkload),
      plans(tickets, { requests: request }),
      plans(ticketWorkload, { faults: 'none', knobs: 'default' }),
    ]) {
      fc.assert(
        fc.property(made, (plan) => {
          expect(decodePlan(parse(fc.stringify(plan)))).toEqual({ type: 'decoded', value: plan });
        }),
        { numRuns: 20 },
      );
    }
  });

  test('shrink to one server, one client, one request and no fault or knob at all', () => {
    const { seed, ...plan } = smallest(() => true);
    expect(seed).toBe(1);
    expect(planText({ seed, ...plan })).toBe(
      'service: tickets\nservers: 1\nfrontEnds: 1\nworkload:\n  clients: 1\n  requests: 1\nhorizon: 1000\n',
    );
  });

  test('shrink to the faults and knobs that it takes, and to no more', () => {
    const plan = smallest(({ faults, network }) => faults.some(({ type }) => type === 'pause') && network.drop > 0);
    expect(plan.faults).toEqual([
      { type: 'pause', at: 200, node: 'primary of events', clock: 'runs' },
      { type: 'resume', at: 220, node: 'paused' },
    ]);
    expect(plan).toEqual(planOf({ ...PLAIN, faults: plan.faults, network: { drop: 1 } }));
  });

  test('leave out what the caller does not want', () => {
    const [calm] = fc.sample(plans(ticketWorkload, { faults: 'none', knobs: 'default' }), 1);
    const { servers, frontEnds, horizon, seed, workload } = calm ?? planOf({});
    expect(calm).toEqual(planOf({ servers, frontEnds, horizon, seed, workload }));
    const onlyCrashes = fc.sample(plans(ticketWorkload, { faults: { kinds: ['crash'] }, serversAtMost: 2 }), 50);
    expect(new Set(onlyCrashes.flatMap(({ faults }) => faults.map(({ type }) => type)))).toEqual(
      new Set(['crash', 'restart']),
    );
    expect(new Set(onlyCrashes.map((plan) => plan.servers))).toEqual(new Set([1, 2]));
  });

  test('of a service without a workload need to know what its clients ask', () => {
    const bare = { ...tickets, routes: tickets.routes.map(({ schemas: _, ...route }) => route) };
    expect(() => plans(bare)).toThrow('tickets has no workload: say which requests its clients make');
    const [asked] = fc.sample(workloads(tickets, { requests: request, requestsAtMost: 3 }), { numRuns: 1, seed: 1 });
    expect(asked?.script?.length).toBeLessThanOrEqual(3);
    expect(asked?.script?.[0]).toMatchObject({ method: 'POST', path: '/users/create' });
  });
});

const PLAIN = { seed: 1, servers: 1, frontEnds: 1, horizon: 1_000, workload: { clients: 1, requests: 1 } };

describe('fault schedules', () => {
  const kinds = [...PASSING, ...FOR_GOOD];

  test.each(kinds)('of %s alone make sense, come in order and within the horizon', (kind) => {
    fc.assert(
      fc.property(faultSchedules(ground, { kinds: [kind] }), (faults) => {
        const { servers, frontEnds, horizon } = ground;
        const plan = planOf({ servers, frontEnds, horizon, faults: [...faults] });
        const times = plan.faults.map(({ at }) => at);
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    );
  });

  test('of all kinds together have every fault there is', () => {
    const seen = new Set(fc.sample(faultSchedules(ground, { kinds, strikesAtMost: 20 }), 300).flatMap(typesOf));
    expect([...seen].sort()).toEqual([
      'clear',
      'crash',
      'empty-disk',
      'fail-sync',
      'fast-disk',
      'fast-process',
      'fill-disk',
      'flap',
      'free-disk',
      'heal',
      'hold',
      'jump-clock',
      'lose-disk',
      'partition',
      'pause',
      'release',
      'reset',
      'restart',
      'resume',
      'rot-disk',
      'set-clock',
      'slow-disk',
      'slow-process',
      'stick-disk',
      'suspect',
      'weather',
    ]);
  });

  test('are empty where no kind is wanted', () => {
    expect(fc.sample(faultSchedules(ground, { kinds: [] }), 3)).toEqual([[], [], []]);
  });
});

function typesOf(faults: readonly FaultInput[]): readonly string[] {
  return faults.map(({ type }) => type);
}
