import { describe, expect, test } from 'vitest';
import { defineWorkload } from '../../../src/sim/workloads/define.ts';
import { get, post } from '../../../src/sim/workloads/workload.ts';
import { service } from '../../support/sim/bad-cluster.ts';
import { compareRuns, planOf, planOfSeed, runPlan } from '../../support/sim/bundled.ts';

const PLAN = { service: 'sums', horizon: 3_000, workload: { clients: 2, requests: 4, mix: { add: 1, read: 1 } } };

/** The service `sums`, with another look at each answer. */
function sums(body: (value: unknown) => number) {
  const routes = service.routes.map((route) => ({
    ...route,
    plan(...given: Parameters<typeof route.plan>) {
      const plan = route.plan(...given);
      return plan.type === 'answer' ? { ...plan, body: body(plan.body) } : plan;
    },
  }));
  return defineWorkload({
    service: { ...service, routes },
    kinds: { add: (dice) => post('/add', dice.between(1, 9)), read: () => get('/sum') },
  });
}

describe('two runs of a plan', () => {
  test.each([2, 9])('of seed %i do the same, event by event, traced or not, strict or light.', (seed) => {
    const plan = planOfSeed(seed, { servers: [3, 3], horizon: 2_000, workload: { clients: 2, requests: 5 } });
    const { digest, events } = runPlan(plan);
    expect(compareRuns(plan)).toEqual({ digest, events, difference: undefined });
    expect(compareRuns(plan, { trace: true, recording: true }, { strict: false }).difference).toBeUndefined();
  });

  test('of an app that counts its own answers differ in the first event that answers a client.', () => {
    let answers = 0;
    const workloads = [sums(() => (answers += 1))];
    const plan = planOf(PLAN, workloads);
    const { difference } = compareRuns(plan, { workloads });

    const pure = runPlan(planOf(PLAN, [sums(Number)]), { workloads: [sums(Number)], recording: true });
    const first = pure.recording?.events.find((fact) => fact.type === 'sent' && fact.kind === 'response');
    expect(first).toBeDefined();
    expect(difference).toMatchObject({ number: first?.number, at: first?.at });
    expect(difference?.what).toMatch(/^a message of s\d reaches f\d$/);
  });

  test('of which one goes on longer differ where the other ended.', () => {
    const plan = planOf({ horizon: 1_000 });
    const difference = compareRuns(plan, {}, { planted: new Set(['wins-election-without-quorum']) }).difference;
    expect(difference?.number).toBeGreaterThan(0);
  });
});
