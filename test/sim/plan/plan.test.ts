import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';
import { SWARM_FAULTS } from '../../../src/sim/plan/swarm-faults.ts';
import { clockErrorOf } from '../../../src/sim/world/clock.ts';
import { decodePlan, planOf, planOfSeed } from '../../support/sim/bundled.ts';

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

  test('may name a node that joins.', () => {
    expect(
      reason({
        faults: [
          { type: 'join', at: 1 },
          { type: 'crash', at: 2, node: 's4' },
        ],
      }),
    ).toBe('decoded');
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
    [
      'a server that never joins',
      {
        faults: [
          { type: 'join', at: 1, kind: 'front end' },
          { type: 'crash', at: 2, node: 's4' },
        ],
      },
      'there is no s4',
    ],
    ['a lead of no group', { faults: [{ type: 'transfer', at: 1, group: 'seats' }] }, 'there is no group seats'],
    ['a fault after the end', { faults: [{ type: 'heal', at: 10_001 }] }, 'after the horizon of 10000'],
    ['a chance above one', { network: { drop: 1_001 } }, 'plan.network.drop'],
    ['an unknown service', { service: 'flights' }, 'plan.service'],
    ['an unknown kind of request', { workload: { mix: { dance: 1 } } }, 'plan.workload.mix'],
    ['not a plan at all', 'hello', 'plan: '],
  ])('is refused with its path: %s.', (_, value, message) => {
    expect(reason(value)).toContain(message);
  });
});

const PLANS = Array.from({ length: 300 }, (_, seed) => planOfSeed(seed));

describe('a plan made from a seed', () => {
  test('is the same every time and valid, and another seed makes another.', () => {
    for (const [seed, plan] of PLANS.entries()) expect(planOfSeed(seed)).toEqual(plan);
    expect(planOfSeed(1)).not.toEqual({ ...planOfSeed(2), seed: 1, name: 'seed 1' });
  });

  test.each(SWARM_FAULTS)('has “%s” switched off in some seeds and on in others.', (kind) => {
    const type = kind === 'one-way' ? 'partition' : kind;
    const having = PLANS.filter((plan) => plan.faults.some((fault) => fault.type === type));
    expect(having.length).toBeGreaterThan(PLANS.length / 20);
    expect(having.length).toBeLessThan((PLANS.length * 3) / 5);
  });

  test.each([
    ['crash', 'restart'],
    ['pause', 'resume'],
    ['slow-process', 'fast-process'],
    ['partition', 'heal'],
    ['flap', 'heal'],
    ['hold', 'release'],
    ['weather', 'clear'],
    ['slow-disk', 'fast-disk'],
    ['stick-disk', 'free-disk'],
    ['fill-disk', 'empty-disk'],
  ])('ends every %s by a %s, at the same time or later.', (type, opposite) => {
    for (const { faults } of PLANS) {
      const begun = faults.filter((fault) => fault.type === type);
      const ended = faults.filter((fault) => fault.type === opposite);
      expect(ended.length).toBeGreaterThanOrEqual(begun.length);
      expect(ended.at(-1)?.at ?? 0).toBeGreaterThanOrEqual(begun.at(-1)?.at ?? 0);
    }
  });

  test('sets at most one clock so wrong that timely requests might have expired, or seem to come from the future.', () => {
    const far = PLANS.map(({ faults, settings: { dedupeFor = 0, dedupeMargin = 0 } }) =>
      faults.filter((fault) => {
        return fault.type === 'jump-clock' && Math.abs(fault.byMillis) > Math.min(dedupeFor / 2, dedupeMargin);
      }),
    );
    for (const jumps of far) expect(jumps.length).toBeLessThanOrEqual(1);
    expect(far.some((jumps) => jumps.length === 1)).toBe(true);
    expect(PLANS.some((plan) => clockErrorOf(plan) > 10_000)).toBe(true);
  });

  test('lets elections last for a round trip wherever what is left may need every vote.', () => {
    const forGood = new Set(['lose-disk', 'rot-disk', 'remove', 'leave', 'replace']);
    const bereft = PLANS.filter(
      ({ ending, faults }) => ending === 'core' || faults.some(({ type }) => forGood.has(type)),
    );
    expect(bereft.some(({ ending }) => ending === 'all')).toBe(true);
    for (const { settings, network, disk } of bereft) {
      const roundTrip = 2 * Math.max(...network.delayMicros) + Math.max(...disk.syncMicros);
      expect((settings.answerWithin ?? 0) * 1_000).toBeGreaterThanOrEqual(roundTrip);
    }
  });

  test('has as many servers, front ends and requests as one likes to see, and every kind of setting.', () => {
    const plans = PLANS;
    expect(new Set(plans.map((plan) => plan.servers))).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
    expect(new Set(plans.map((plan) => plan.frontEnds))).toEqual(new Set([1, 2, 3, 4]));
    expect(new Set(plans.map(({ settings }) => settings.minInSync))).toEqual(new Set([1, 2]));
    expect(new Set(plans.map(({ settings }) => settings.dedupeAtMost))).toEqual(new Set([6, 30, 2_000_000]));
    // Tickets keep nothing in a cache.
    const ofCaches = ['cacheFor', 'cacheSize', 'watchEvery'];
    // These are for live processes.
    const notDrawn = ['diskReserve', 'probeEvery'];
    // Only some have states compared, or a quota reached, within the length of a run.
    const ofSome = ['compareEvery', 'stateSizeAtMost'];
    for (const knob of ofSome) expect(plans.some(({ settings }) => Object.hasOwn(settings, knob))).toBe(true);
    const knobs = Object.keys(DEFAULT_SETTINGS)
      .filter((knob) => !ofCaches.includes(knob) && !notDrawn.includes(knob) && !ofSome.includes(knob))
      .sort();
    for (const { settings } of plans)
      expect(
        Object.keys(settings)
          .filter((knob) => !ofSome.includes(knob))
          .sort(),
      ).toEqual(knobs);
    expect(plans.some(({ settings }) => settings.compareEvery !== undefined)).toBe(true);
    expect(plans.some(({ astray }) => astray !== undefined)).toBe(true);
    expect(plans.every((plan) => plan.workload.clients > 0)).toBe(true);
  });
});
