import { describe, expect, test } from 'vitest';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import type { RunResult } from '../../../src/sim/verdict/run.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';

function run(input: PlanInput): RunResult {
  const result = runPlan(planOf(input), { trace: true });
  expect(result.violation).toBeUndefined();
  return result;
}

/** The lines of a node, without their times. */
function linesOf({ trace }: RunResult, node: string): readonly string[] {
  return (trace ?? []).map((line) => line.slice(12)).filter((line) => line.startsWith(node.padEnd(4)));
}

describe('nodes that come and go', () => {
  test('Nobody takes a newcomer in while nobody runs.', () => {
    const faults: PlanInput['faults'] = [
      { at: 100, type: 'crash', node: 's1' },
      { at: 100, type: 'crash', node: 'f1' },
      { at: 200, type: 'join' },
    ];
    const result = run({ servers: 1, frontEnds: 1, horizon: 300, faults });
    expect(result.notes['join']).toBe(1);
    expect(linesOf(result, 's2')).toEqual([]);
  });

  test('A newcomer counts at the end: the cluster rests only when it votes.', () => {
    const result = run({ servers: 1, frontEnds: 1, horizon: 1_000, faults: [{ at: 990, type: 'join' }] });
    expect(result.core?.nodes).toEqual(['s1', 'f1', 's2']);
    expect(result.notes['proposes to promote']).toBe(2);
  });

  test('A name is refused while its process seems to live, and given to another disk when it is missed.', () => {
    const faults: PlanInput['faults'] = [
      { at: 1_000, type: 'lose-disk', node: 's2' },
      { at: 1_100, type: 'rejoin', node: 's2' },
    ];
    const settings = { unreachableAfter: 1_500 };
    const result = run({ servers: 3, frontEnds: 1, horizon: 4_000, settings, faults });
    expect(result.notes['rejoin']).toBeGreaterThan(2);
    expect(result.notes['rejoins']).toBe(1);
    expect(result.notes['dismissed-replaced']).toBeUndefined();
    expect(
      linesOf(result, 's2').some((line) => /joins again by way of \w+, on disk simulated\/s2\/2-/.test(line)),
    ).toBe(true);
  });

  test('No disk takes the name of the only voter, nor any name while no primary is heard; the old disk comes back and serves.', () => {
    const faults: PlanInput['faults'] = [
      { at: 1_000, type: 'stop', node: 's2' },
      { at: 3_000, type: 'replace', node: 's1' },
      { at: 8_000, type: 'put-back', node: 's1' },
    ];
    const result = run({ servers: 2, frontEnds: 1, horizon: 10_000, settings: { unreachableAfter: 500 }, faults });
    expect(result.notes['refused-no-primary']).toBeGreaterThan(2);
    expect(result.notes['rejoins']).toBeUndefined();
    expect(result.liveness).toBe('served');
  });

  test('A disk whose name another one has taken comes back, and is told that nothing of it is needed.', () => {
    const faults: PlanInput['faults'] = [
      { at: 1_000, type: 'replace', node: 's2' },
      { at: 8_000, type: 'put-back', node: 's2' },
    ];
    const result = run({ servers: 3, frontEnds: 1, horizon: 12_000, settings: { unreachableAfter: 500 }, faults });
    expect(result.notes).toMatchObject({ rejoins: 1, 'dismissed-replaced': 1 });
    expect(result.notes['refused-named']).toBeGreaterThan(0);
  });

  test('A process that was about to end when everything is healed is started again.', () => {
    const result = run({ servers: 1, frontEnds: 1, horizon: 1_000, faults: [{ at: 990, type: 'stop', node: 's1' }] });
    expect(result.notes['stopped']).toBeUndefined();
    expect(result.liveness).toBe('served');
  });

  test('A removed node that lives hands over what it leads, and votes until every group has let it go.', () => {
    const faults: PlanInput['faults'] = [{ at: 1_000, type: 'remove', node: 's3' }];
    const result = run({ servers: 3, frontEnds: 2, horizon: 4_000, faults });
    const lines = (result.trace ?? []).map((line) => line.slice(12));
    const [dismissed, ended] = ['s3  is to end, because it was removed', 's3  crashes'].map((said) =>
      lines.indexOf(said),
    );
    const letGo = ['events', 'users'].map((group) =>
      lines.findIndex((line) => new RegExp(`^s\\d  ${group}: proposes to take the vote of s3`).test(line)),
    );
    expect(letGo.every((at) => at > (dismissed ?? 0) && at < (ended ?? 0))).toBe(true);
    expect(dismissed).toBeGreaterThan(0);
    expect(result.liveness).toBe('served');
  });

  test('A node that is out for good is no part of the core, dead or alive.', () => {
    const faults: PlanInput['faults'] = [
      { at: 600, type: 'remove', node: 's2' },
      { at: 2_000, type: 'leave', node: 'f2' },
    ];
    const result = run({ servers: 3, frontEnds: 2, horizon: 6_000, faults });
    expect(result.core?.nodes).toEqual(['s1', 's3', 'f1']);
    expect(result.notes).toMatchObject({ 'dismissed-removed': 1, left: 1 });
  });
});
