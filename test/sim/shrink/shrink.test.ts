import { describe, expect, test } from 'vitest';
import type { PlantedBug } from '../../../src/protocol/model/mutants.ts';
import { plainPlan } from '../../../src/sim/plan/plain-plan.ts';
import { sizeOf } from '../../../src/sim/plan/plan-size.ts';
import type { Plan } from '../../../src/sim/plan/plan.ts';
import type { Shrunk } from '../../../src/sim/shrink/shrink.ts';
import { decodePlan, planOf, runPlan, shrinkPlan } from '../../support/sim/bundled.ts';
import { BUSY } from '../../support/sim/busy-plan.ts';

function shrunkOf(plan: Plan, bug: PlantedBug, runsAtMost = 1_000): Extract<Shrunk, { type: 'shrunk' }> {
  const shrunk = shrinkPlan(plan, { planted: new Set([bug]), runsAtMost });
  if (shrunk.type !== 'shrunk') throw new Error(`${bug} breaks no rule of this plan`);
  return shrunk;
}

describe('a shrunken plan', () => {
  const shrunk = shrunkOf(BUSY, 'retries-under-new-uuid');

  test('is condemned by the same judge, and holds without the bug.', () => {
    const before = runPlan(BUSY, { planted: new Set(['retries-under-new-uuid'] as const) }).violation;
    const after = runPlan(shrunk.plan, { planted: new Set(['retries-under-new-uuid'] as const) }).violation;
    expect(after?.judge).toBe(before?.judge);
    expect(after).toEqual(shrunk.violation);
    expect(runPlan(shrunk.plan).violation).toBeUndefined();
  });

  test('is the same where the bug is given by its number.', () => {
    const [named, numbered] = (['retries-under-new-uuid', 'M30'] as const).map((bug) =>
      shrinkPlan(BUSY, { planted: new Set([bug]), runsAtMost: 30 }),
    );
    expect(numbered?.type).toBe('shrunk');
    expect(numbered).toEqual(named);
  });

  test('tells the story and nothing else.', () => {
    expect(shrunk.before.total).toBeGreaterThan(25);
    expect(shrunk.after.total).toBeLessThanOrEqual(10);
    expect(shrunk.after).toEqual(sizeOf(shrunk.plan));
    expect(shrunk.plan.workload.clients).toBe(0);
    expect(shrunk.plan.workload.script).toHaveLength(1);
    expect(shrunk.plan.faults.length).toBeLessThan(BUSY.faults.length);
  });

  test('cannot be shrunk further, and another time comes out the same.', () => {
    expect(shrunk.isMinimal).toBe(true);
    const again = shrunkOf(shrunk.plan, 'retries-under-new-uuid');
    expect(again.plan).toEqual(shrunk.plan);
    expect(again.isMinimal).toBe(true);
    expect(shrunkOf(BUSY, 'retries-under-new-uuid').plan).toEqual(shrunk.plan);
  });

  test('is a plan that a file can hold.', () => {
    expect(decodePlan(JSON.parse(JSON.stringify(plainPlan(shrunk.plan))))).toEqual({
      type: 'decoded',
      value: shrunk.plan,
    });
  });
});

describe('shrinking', () => {
  test('stops when its runs are used up, with what it has by then.', () => {
    const told: number[] = [];
    const planted = new Set(['retries-under-new-uuid'] as const);
    const shrunk = shrinkPlan(BUSY, { planted, runsAtMost: 12, onRun: ({ runs }) => told.push(runs) });
    if (shrunk.type !== 'shrunk') throw new Error('it fails');
    expect(shrunk.isMinimal).toBe(false);
    expect(shrunk.runs).toBeLessThanOrEqual(13);
    expect(shrunk.after.total).toBeLessThan(shrunk.before.total);
    expect(runPlan(shrunk.plan, { planted }).violation?.judge).toBe(shrunk.violation.judge);
    expect(told.at(-1)).toBe(shrunk.runs);
  });

  test('leaves a plan alone that breaks no rule.', () => {
    expect(shrinkPlan(planOf({ horizon: 500 }))).toEqual({ type: 'holds' });
  });

  test('keeps what the only goal needs, and ends no sooner than the first plan did if only its end shows it.', () => {
    const wish = planOf({
      horizon: 2_000,
      expect: [{ note: 'elected' }, { note: 'installed' }],
      faults: [{ type: 'suspect', at: 5, node: 's1', of: 's2' }],
    });
    const shrunk = shrinkPlan(wish);
    if (shrunk.type !== 'shrunk') throw new Error('it fails');
    expect(shrunk.violation.judge).toBe('goals');
    expect(plainPlan(shrunk.plan)).toMatchObject({ servers: 1, frontEnds: 1 });
    expect(shrunk.plan.faults).toEqual([]);
    expect(shrunk.plan.expect).toHaveLength(1);
  });
});
