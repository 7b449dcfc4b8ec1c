import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ticketWorkload } from '../../../src/apps/tickets/workload.ts';
import { accepted, type Outcome, refused } from '../../../src/protocol/model/app.ts';
import { defineApp } from '../../../src/service/define-app.ts';
import { defineRoute, defineService, noBody, nothing } from '../../../src/service/define-service.ts';
import type { RoutePlan as Next } from '../../../src/service/service.ts';
import { diceOf } from '../../../src/sim/base/random.ts';
import { decodePlan, defineWorkload, get, planOf, planOfSeed, post, runPlan } from '../../../src/sim/index.ts';

const BELLS = 'bells2';

function answer(outcome: Outcome): Next {
  return outcome.type === 'accepted'
    ? { type: 'answer', status: 200, body: outcome.value }
    : { type: 'answer', status: 400, body: outcome.reason };
}

/** A service of the reader's own: a bell that is rung and never more than `most` times. */
function bells(most: number) {
  const bell = defineApp({
    name: BELLS,
    initial: 0,
    commands: z.object({ type: z.literal('ring') }),
    queries: z.object({ type: z.literal('rings') }),
    apply: (rings: number) =>
      rings < 40 ? { state: rings + 1, outcome: accepted(rings + 1) } : { state: rings, outcome: refused('worn out') },
    read: (rings) => accepted(rings),
    invariants: [
      { name: 'the bell is in one piece', broken: (rings) => (rings <= most ? undefined : `rung ${rings} times`) },
    ],
  });
  return defineService({
    name: 'tower',
    apps: [bell],
    routes: [
      defineRoute({
        method: 'POST',
        path: '/ring',
        parameters: nothing,
        body: noBody,
        plan: (_, [rung]) =>
          rung === undefined ? { type: 'write', group: BELLS, command: { type: 'ring' } } : answer(rung),
      }),
      defineRoute({
        method: 'GET',
        path: '/rings',
        parameters: nothing,
        body: noBody,
        plan: (_, [read]) =>
          read === undefined ? { type: 'read', group: BELLS, query: { type: 'rings' } } : answer(read),
      }),
    ],
    invariants: [],
  });
}

function tower(most = 40) {
  return defineWorkload({
    service: bells(most),
    kinds: { ring: (dice) => post('/ring', { softly: dice.chance(500) }), look: () => get('/rings') },
  });
}

function reason(value: unknown): string {
  const decoded = decodePlan(value, [tower()]);
  return decoded.type === 'rejected' ? decoded.reason : 'decoded';
}

describe('a service of the reader’s own', () => {
  const plan = {
    service: 'tower',
    workload: { clients: 3, requests: 6 },
    faults: [
      { type: 'crash' as const, at: 2_000, node: 'primary of bells2' },
      { type: 'restart' as const, at: 4_000 },
    ],
    horizon: 6_000,
  };

  test('is simulated when its workload is passed along, the same each time, with every kind of request.', () => {
    const workloads = [tower()];
    const first = runPlan(planOf(plan, workloads), { workloads });
    expect(first.violation).toBeUndefined();
    expect(first.notes['elected of bells2']).toBeGreaterThanOrEqual(2);
    const asked = first.history.map(({ call, result }) => `${call.path} ${result?.type}`);
    expect(new Set(asked)).toEqual(new Set(['/ring answered', '/rings answered']));
    expect(runPlan(planOf(plan, workloads), { workloads }).digest).toBe(first.digest);
  });

  test('is judged by its own invariants.', () => {
    const workloads = [tower(3)];
    const { violation } = runPlan(planOf(plan, workloads), { workloads });
    expect(violation?.judge).toBe('app-invariants');
    expect(violation?.reason).toMatch(/^bells2 at s\d, the bell is in one piece: rung 4 times$/);
  });

  test('gets plans from seeds, whose faults strike its own groups.', () => {
    const workloads = [tower()];
    const plans = Array.from({ length: 40 }, (_, seed) => planOfSeed(seed, { service: 'tower' }, workloads));
    const faults = JSON.stringify(plans.flatMap((made) => made.faults));
    expect(faults).toContain('primary of bells2');
    expect(faults).not.toContain('of events');
    expect(new Set(plans.flatMap((made) => Object.keys(made.workload.mix)))).toEqual(new Set(['ring', 'look']));
  });

  test('is not known to a plan that comes without it, and neither are kinds and groups it does not have.', () => {
    expect(() => planOf(plan, [])).toThrow('plan.service: no service is called tower');
    expect(reason({ service: 'tower', workload: { mix: { purchase: 1 } } })).toBe(
      'plan.workload.mix.purchase: expected one of ring, look',
    );
    expect(reason({ service: 'tower', faults: [{ type: 'crash', at: 1, node: 'primary of events' }] })).toBe(
      'plan.faults[0]: there is no group events',
    );
    expect(reason({ service: 'tickets' })).toBe('plan.service: no service is called tickets');
  });

  test('is meant by a plan that names none, if it is the first.', () => {
    expect(planOf({}, [tower(), ticketWorkload]).service).toBe('tower');
  });

  test('is probed at rest with its first write and its first read, whatever those are answered.', () => {
    const { probes, kinds } = tower();
    expect(kinds).toEqual(['ring', 'look']);
    expect(probes.map(({ method, path, expect: status }) => [method, path, status])).toEqual([
      ['POST', '/ring', 'any'],
      ['GET', '/rings', 'any'],
    ]);
    expect(tower().next('look', diceOf(1), new Map())).toEqual(get('/rings'));
    expect(() => tower().next('dance', diceOf(1), new Map())).toThrow('clients ask for the kinds');
  });
});
