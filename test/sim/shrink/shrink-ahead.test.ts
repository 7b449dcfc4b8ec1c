import { describe, expect, test } from 'vitest';
import { WORKLOADS } from '../../../src/apps/simulated.ts';
import { trialsOf } from '../../../src/sim/shrink/hunt.ts';
import { shrinkAhead } from '../../../src/sim/shrink/shrink-ahead.ts';
import { shrinkPlan } from '../../support/sim/bundled.ts';
import { BUSY } from '../../support/sim/busy-plan.ts';

const planted = new Set(['retries-under-new-uuid'] as const);

/** Shrinks with so many trials at a time; returns the rounds that it took, too. */
function shrunkBy(many: number, runsAtMost: number) {
  const trials = trialsOf(BUSY, { planted, workloads: WORKLOADS });
  if (trials === undefined) throw new Error('the plan breaks no rule');
  const ahead = shrinkAhead(trials, { workloads: WORKLOADS, runsAtMost });
  let rounds = 0;
  for (let wanted = ahead.next(many); wanted.length > 0; wanted = ahead.next(many)) {
    rounds += 1;
    expect(wanted.length).toBeLessThanOrEqual(many);
    for (const one of wanted) ahead.tell(one, trials.trial(one));
  }
  return { shrunk: ahead.shrunk, rounds, ahead };
}

describe('a plan that is shrunk by several at a time', () => {
  const alone = shrinkPlan(BUSY, { planted, workloads: WORKLOADS });
  if (alone.type !== 'shrunk') throw new Error('the plan breaks no rule');

  test('comes out as by one alone, in fewer rounds.', () => {
    const { shrunk, rounds, ahead } = shrunkBy(3, 1_000);
    expect(shrunk?.plan).toEqual(alone.plan);
    expect(shrunk).toMatchObject({ runs: alone.runs, isMinimal: true, after: alone.after });
    expect(ahead.plan).toEqual(alone.plan);
    expect(rounds).toBeLessThan(shrunkBy(1, 1_000).rounds * 0.6);
  });

  test('ends with its runs, as one alone does.', () => {
    const some = shrinkPlan(BUSY, { planted, workloads: WORKLOADS, runsAtMost: 30 });
    expect(shrunkBy(2, 30).shrunk).toMatchObject({ plan: some.type === 'shrunk' ? some.plan : {}, isMinimal: false });
  });
});
