import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accepted, refused } from '../../../src/protocol/model/app.ts';
import { defineApp, recipe } from '../../../src/service/define-app.ts';
import { defineService } from '../../../src/service/define-service.ts';
import { planOfSeed } from '../../../src/sim/plan/swarm.ts';
import { shrinkPlan } from '../../../src/sim/shrink/shrink.ts';
import { runPlan } from '../../../src/sim/verdict/run.ts';
import { defaultWorkload } from '../../../src/sim/workloads/default.ts';

const commands = z.discriminatedUnion('type', [
  z.object({ type: z.literal('add'), by: z.int().min(0).max(9) }),
  z.object({ type: z.literal('pay'), by: z.int().min(0).max(9) }),
]);

/** Whose code fails at a seventh of the sums: it throws, makes NaN, or answers with it. */
const till = defineApp({
  name: 'till',
  initial: { sum: 0, owed: 0 },
  commands,
  queries: z.object({ type: z.literal('sum') }),
  calls: ['safe'],
  apply: recipe<{ sum: number; owed: number }, [z.output<typeof commands>, ...unknown[]], 'safe'>(
    (state, { type, by }) => {
      state.sum += by;
      if (state.sum % 7 === 3) throw new Error(`cannot count to ${state.sum}`);
      if (state.sum % 7 === 4) state.sum = Number.NaN;
      if (type === 'add') return accepted(state.sum % 7 === 5 ? Number.NaN : state.sum);
      state.owed += by;
      return { group: 'safe', command: { type: 'put', by } };
    },
  ),
  resume: recipe((state, { by }, outcome) => {
    state.owed -= by;
    if (outcome.type === 'failed') return refused('the safe has failed');
    if (state.owed % 5 === 4) throw new Error('cannot owe that');
    return outcome;
  }),
  read({ sum }) {
    if (sum % 2 === 1) throw new Error('cannot tell');
    return accepted(sum);
  },
});

const safe = defineApp({
  name: 'safe',
  initial: { put: 0 },
  commands: z.object({ type: z.literal('put'), by: z.int().min(0).max(9) }),
  queries: z.object({ type: z.literal('put') }),
  apply(state, { by }) {
    if (by === 3) throw new Error('no three');
    return { state: { put: state.put + by }, outcome: accepted(state.put) };
  },
  read: ({ put }) => accepted(put),
});

const service = defineService({ name: 'tills', apps: [till, safe] });
const workload = defaultWorkload(service);

describe('A service whose code fails', () => {
  test('fails its own requests alone, the same on every replica, whatever happens meanwhile', () => {
    const seen = new Map<string, number>();
    for (let seed = 1; seed <= 16; seed += 1) {
      const plan = planOfSeed(seed, {}, [workload]);
      const { violation, notes } = runPlan(plan, { strict: false, workloads: [{ ...workload, mayFail: true }] });
      expect(`${seed}: ${violation?.judge} ${violation?.reason}`).toBe(`${seed}: undefined undefined`);
      for (const note of ['command-failed', 'query-failed']) seen.set(note, (seen.get(note) ?? 0) + (notes[note] ?? 0));
    }
    expect(seen.get('command-failed')).toBeGreaterThan(50);
    expect(seen.get('query-failed')).toBeGreaterThan(10);
  });

  test('is blamed with stack and command, and the plan shrinks', () => {
    const plan = planOfSeed(3, {}, [workload]);
    const { violation } = runPlan(plan, { workloads: [workload] });
    expect(violation?.judge).toBe('service-code');
    expect(violation?.reason).toMatch(/error (till|safe)-\d+.* failed at \{"type":/);
    expect(violation?.reason).toContain('service-code.test.ts');
    const shrunk = shrinkPlan(plan, { workloads: [workload], runsAtMost: 60 });
    expect(shrunk).toMatchObject({ type: 'shrunk', violation: { judge: 'service-code' }, plan: { faults: [] } });
  });
});
