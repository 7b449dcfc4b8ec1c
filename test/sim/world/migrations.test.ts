import { describe, expect, test } from 'vitest';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';

// A migration that takes a process long, or for ever (PROTOCOL §11.3).

const BOTH = { oldest: 1, newest: 2 };

/** Three servers get both versions one after the other, under writes; faults end at 9 s. */
function upgraded(migration: PlanInput['migration'], more: PlanInput = {}) {
  return runPlan(
    planOf({
      workload: { clients: 2, requests: 60, think: 100, mix: { 'create-user': 1 }, keyed: 1_000 },
      builds: { s1: BOTH, s2: BOTH },
      faults: [{ type: 'deploy', at: 1_500, node: 's3', ...BOTH }],
      horizon: 9_000,
      answersWithin: 5_000,
      migration,
      ...more,
    }),
  );
}

describe('A migration that every server of the group finds', () => {
  test('quick enough is tried once, and then run by all.', () => {
    const { violation, notes } = upgraded({ takes: 10 });
    expect(violation).toBeUndefined();
    expect(notes).toMatchObject({ 'tries-migration of users': 1, 'activates of users': 1 });
    expect(notes).not.toHaveProperty(['migration-is-slow']);
  });

  test('slower than a primary may be silent costs its group one change of the lead.', () => {
    const { violation, notes } = upgraded({ takes: 1_000 });
    expect(violation).toBeUndefined();
    expect(notes).toMatchObject({
      'tries-migration of users': 1,
      'migration-is-slow of users': 1,
      'tries-migration of events': 1,
    });
  });

  test('endless costs its group one server; the others answer every write, and wait for that one to the end.', () => {
    const { violation, notes } = upgraded({ takes: 'for ever' }, { ending: 'core', core: ['s2', 's3', 'f1', 'f2'] });
    expect(violation).toBeUndefined();
    // It led both groups, and is left as it is at the horizon.
    expect(notes).toMatchObject({ 'migrates-for-ever': 1, 'migrates-for-ever at s1': 1 });
    expect(notes).not.toHaveProperty(['activates']);
    expect(notes['awaits-trial']).toBeGreaterThanOrEqual(1);
  });
});

test('A server on which alone a migration never ends is the only one that is lost; it serves when that is mended.', () => {
  const { violation, notes } = upgraded({ takes: 'for ever', server: 's2' });
  expect(violation).toBeUndefined();
  expect(notes['migrates-for-ever']).toBe(notes['migrates-for-ever at s2']);
  expect(notes['migrates-for-ever']).toBe(1);
});
