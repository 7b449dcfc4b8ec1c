import { describe, expect, test } from 'vitest';
import { SERVICES } from '../../../src/apps/index.ts';
import { WORKLOADS } from '../../../src/apps/simulated.ts';
import { mapFault } from '../../../src/chaos/decide/fault-mapping.ts';
import { JOINS_AT_MOST, joinsOf, stormPlan } from '../../../src/chaos/decide/storm.ts';
import type { Fault } from '../../../src/sim/plan/fault.ts';

const MEMBERSHIP = new Set(['join', 'leave', 'replace', 'lose-disk', 'rejoin']);

function storms(lasts: number): readonly (readonly Fault[])[] {
  return Object.values(SERVICES).flatMap((service) =>
    Array.from({ length: 40 }, (_, seed) => stormPlan(service, { seed, clients: 32, lasts }, WORKLOADS).faults),
  );
}

describe('A storm', () => {
  test('is a plan like any other, and the same for the same seed', () => {
    const [service] = Object.values(SERVICES);
    if (service === undefined) throw new Error('there is a service');
    const plan = stormPlan(service, { seed: 7, clients: 40, lasts: 30_000 }, WORKLOADS);
    expect(plan.workload).toMatchObject({ clients: 40, think: 20 });
    expect(stormPlan(service, { seed: 7, clients: 40, lasts: 30_000 }, WORKLOADS)).toEqual(plan);
    expect(stormPlan(service, { seed: 8, clients: 40, lasts: 30_000 }, WORKLOADS).faults).not.toEqual(plan.faults);
  });

  test('has only faults that live processes can have, each ended before the horizon', () => {
    for (const faults of storms(30_000)) {
      expect(faults.filter((fault) => mapFault(fault).type === 'skipped')).toEqual([]);
      expect(faults.length).toBeGreaterThan(4);
    }
  });

  test('draws every kind of fault, those of membership too', () => {
    const drawn = new Set(storms(30_000).flatMap((faults) => faults.map(({ type }) => type)));
    for (const type of [...MEMBERSHIP, 'crash', 'stop', 'pause', 'partition', 'flap', 'slow-disk', 'transfer', 'reset'])
      expect([...drawn], type).toContain(type);
  });

  test('changes members only while nothing else is wrong, and lets no more servers join than have ports', () => {
    for (const faults of storms(60_000)) {
      expect(joinsOf(faults).servers).toBeLessThanOrEqual(JOINS_AT_MOST);
      for (const [place, fault] of faults.entries()) {
        if (!MEMBERSHIP.has(fault.type)) continue;
        const others = faults.filter((other, at) => at !== place && !MEMBERSHIP.has(other.type));
        expect(others.every(({ at }) => Math.abs(at - fault.at) >= 2_000)).toBe(true);
      }
    }
  });
});
