import { describe, expect, test } from 'vitest';
import { decodePlan, planOf } from '../../src/sim/plan.ts';
import { planOfSeed } from '../../src/sim/swarm.ts';

function reason(value: unknown): string {
  const decoded = decodePlan(value);
  return decoded.type === 'rejected' ? decoded.reason : 'decoded';
}

describe('a plan', () => {
  test('is complete when nothing is said.', () => {
    const plan = planOf({});
    expect(plan).toMatchObject({ service: 'tickets', servers: 3, frontEnds: 2, faults: [], horizon: 10_000 });
    expect(plan.network.drop).toBe(0);
  });

  test('survives JSON.', () => {
    const plan = planOfSeed(7);
    expect(decodePlan(JSON.parse(JSON.stringify(plan)))).toEqual({ type: 'decoded', value: plan });
  });

  test.each([
    ['too many servers', { servers: 8 }, 'plan.servers'],
    ['a misspelt knob', { serverz: 3 }, 'plan: nothing here is called serverz (servers?)'],
    ['a misspelt setting', { settings: { electafter: 5 } }, 'plan.settings'],
    ['a fault of no kind', { faults: [{ type: 'flood', at: 1 }] }, 'plan.faults[0].type'],
    ['a node that is no node', { faults: [{ type: 'crash', at: 1, node: 'x1' }] }, 'plan.faults[0].node'],
    ['a server that does not exist', { faults: [{ type: 'crash', at: 1, node: 's4' }] }, 'there is no s4'],
    ['a fault after the end', { faults: [{ type: 'heal', at: 10_001 }] }, 'after the horizon of 10000'],
    ['a chance above one', { network: { drop: 1_001 } }, 'plan.network.drop'],
    ['an unknown service', { service: 'flights' }, 'plan.service'],
    ['an unknown kind of request', { workload: { mix: { dance: 1 } } }, 'plan.workload.mix'],
    ['not a plan at all', 'hello', 'plan: '],
  ])('is refused with its path: %s.', (_, value, message) => {
    expect(reason(value)).toContain(message);
  });
});

describe('a plan made from a seed', () => {
  test('is the same every time and valid, and another seed makes another.', () => {
    for (let seed = 0; seed < 300; seed += 1) expect(planOfSeed(seed)).toEqual(planOfSeed(seed));
    expect(planOfSeed(1)).not.toEqual({ ...planOfSeed(2), seed: 1, name: 'seed 1' });
  });

  test('switches kinds of fault off in some seeds and on in others.', () => {
    const kinds = new Set(['crash', 'pause', 'partition', 'hold', 'slow-disk', 'suspect']);
    for (const kind of kinds) {
      const having = Array.from({ length: 100 }, (_, seed) => planOfSeed(seed)).filter((plan) =>
        plan.faults.some((fault) => fault.type === kind),
      );
      expect(having.length).toBeGreaterThan(10);
      expect(having.length).toBeLessThan(90);
    }
  });

  test('has as many servers, front ends and requests as one likes to see.', () => {
    const plans = Array.from({ length: 200 }, (_, seed) => planOfSeed(seed));
    expect(new Set(plans.map((plan) => plan.servers))).toEqual(new Set([1, 2, 3, 4, 5, 7]));
    expect(new Set(plans.map((plan) => plan.frontEnds))).toEqual(new Set([1, 2, 3]));
    expect(plans.every((plan) => plan.workload.clients > 0)).toBe(true);
  });
});
