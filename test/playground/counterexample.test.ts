import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ticketWorkload } from '../../src/apps/tickets/workload.ts';
import { counterexampleIn } from '../../src/playground/model/counterexample.ts';
import { readText } from '../../src/playground/ui/plan-file.ts';
import type { Plan } from '../../src/sim/plan/plan.ts';
import { plainPlan } from '../../src/sim/plan/plain-plan.ts';
import { plans } from '../../src/testing/index.ts';

const PLANS = plans(ticketWorkload);

/** What fast-check prints of a property that any plan with a fault breaks, and the plan that it found. */
function broken(among: 'alone' | 'behind a number' | 'before a text'): {
  readonly text: string;
  readonly plan: unknown;
} {
  let last: Plan | undefined;
  const fails = (plan: Plan): void => {
    if (plan.faults.length === 0) return;
    last = plan;
    throw new Error('has a fault');
  };
  const ways = {
    alone: () => fc.assert(fc.property(PLANS, fails), { seed: 3 }),
    'behind a number': () =>
      fc.assert(
        fc.property(fc.nat(), PLANS, (_, plan) => fails(plan)),
        { seed: 3 },
      ),
    'before a text': () =>
      fc.assert(
        fc.property(PLANS, fc.string(), (plan, _) => fails(plan)),
        { seed: 3 },
      ),
  };
  try {
    ways[among]();
  } catch (error) {
    if (last !== undefined && error instanceof Error) return { text: error.message, plan: plainPlan(last) };
  }
  throw new Error('no plan had a fault');
}

describe('What fast-check prints', () => {
  it.each(['alone', 'behind a number', 'before a text'] as const)('has the plan that broke a property, %s', (among) => {
    const { text, plan } = broken(among);
    const found = counterexampleIn(`\u001b[31mError: ${text}\u001b[39m`);
    expect(readText(found ?? '')).toMatchObject({ problems: [], value: plan });
  });

  it('may have a plan as JSON', () => {
    const text = 'Property failed after 1 tests\nCounterexample: [3,{"seed":7,"servers":2}]\nShrunk 0 time(s)\n';
    expect(counterexampleIn(text)).toBe('{"seed":7,"servers":2}');
  });

  it('is no plan where it has none', () => {
    expect(counterexampleIn('seed: 3\nservers: 2\n')).toBeUndefined();
    expect(counterexampleIn('Counterexample: [write(events {"buy":1}),wait(5)]\nShrunk 2 time(s)')).toBeUndefined();
  });
});
