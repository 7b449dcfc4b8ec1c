import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { knobsOf, type LoosePlan, plainPlan, withKnob } from '../../../src/sim/plan/plain-plan.ts';
import { sizeOf } from '../../../src/sim/plan/plan-size.ts';
import { rounder, simplerNumbers } from '../../../src/sim/shrink/numbers.ts';
import { reduceList } from '../../../src/sim/shrink/reduce-list.ts';
import { isSound } from '../../../src/sim/shrink/soundness.ts';
import { roundings } from '../../../src/sim/shrink/times.ts';
import { decodePlan, planOf, planOfSeed } from '../../support/sim/bundled.ts';

describe('a list', () => {
  test('is reduced to what is needed, in its order, and nothing of that can be spared.', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(50), { maxLength: 20 }),
        fc.array(fc.nat(50), { maxLength: 4 }),
        (all, some) => {
          const needed = all.filter((item) => some.includes(item));
          const holds = (kept: readonly number[]): boolean => needed.every((item) => kept.includes(item));
          expect(reduceList(all, holds)).toEqual(needed);
        },
      ),
    );
  });

  test('is reduced to one of several that would do.', () => {
    const kept = reduceList([1, 2, 3, 4, 5, 6], (some) => some.includes(2) || some.includes(5));
    expect(kept).toEqual([2]);
  });
});

describe('a plan without its defaults', () => {
  test('is the same plan, for whatever the swarm makes.', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const plan = planOfSeed(seed);
      expect(decodePlan(plainPlan(plan))).toEqual({ type: 'decoded', value: plan });
    }
  });

  test('says nothing when there is nothing to say.', () => {
    const { service, ...plan } = planOf({});
    expect(plainPlan(plan)).toEqual({});
    expect(plainPlan(planOf({ faults: [{ type: 'restart', at: 5 }], workload: { clients: 1 } }))).toEqual({
      service,
      faults: [{ type: 'restart', at: 5 }],
      workload: { clients: 1 },
    });
  });

  test('has as many knobs as differ, each of which can be put back.', () => {
    const plan = planOf({ settings: { jitter: 7 }, network: { drop: 5 }, restWithin: 70_000 });
    expect(knobsOf(plan).map(({ path }) => path)).toEqual(['settings.jitter', 'network.drop', 'restWithin']);
    const back = knobsOf(plan).reduce((sum, { path, standard }) => withKnob(sum, path, standard), plan as LoosePlan);
    expect(decodePlan(back)).toEqual({ type: 'decoded', value: planOf({}) });
    expect(sizeOf(plan)).toEqual({ faults: 0, requests: 0, nodes: 5, knobs: 3, total: 8 });
  });
});

describe('a smaller plan', () => {
  test('is not sound if it makes nonsense of the timers, unless the first plan did so already.', () => {
    const first = planOf({});
    const torn = planOf({ settings: { heartbeatEvery: DEFAULT_SETTINGS.suspectAfter } });
    expect(isSound(torn, first)).toBe(false);
    expect(isSound(torn, torn)).toBe(true);
    expect(isSound(first, torn)).toBe(true);
  });

  test('is not sound if it gives the cluster less time to come to rest.', () => {
    expect(isSound(planOf({ restWithin: 1_000 }), planOf({}))).toBe(false);
  });
});

describe('numbers', () => {
  test('are tried from the simplest to the next simpler, and never the same or larger.', () => {
    expect(simplerNumbers(7_214)).toEqual([0, 1, 3_600, 7_200]);
    expect(simplerNumbers(1)).toEqual([0]);
    expect(simplerNumbers(0)).toEqual([]);
    fc.assert(fc.property(fc.nat(), (value) => simplerNumbers(value).every((less) => less < value)));
  });

  test('are rounded down to two digits, or one.', () => {
    expect([7_214, 99, 100, 5].map((value) => rounder(value))).toEqual([7_200, 99, 100, 5]);
    expect(rounder(7_214, 10)).toBe(7_000);
  });

  test('of time are tried from the roundest on, and each has fewer digits.', () => {
    expect(roundings(1_983)).toEqual([2_000, 1_000, 1_900, 1_980]);
    expect(roundings(2_000)).toEqual([]);
  });
});
