import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accepted, type EntryContext, refused } from '../../../src/protocol/model/app.ts';
import { defineApp } from '../../../src/service/define-app.ts';
import { defineService } from '../../../src/service/define-service.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { judgeLinearizable, showJudged } from '../../../src/sim/judges/linearizable.ts';
import { planOfSeed } from '../../../src/sim/plan/swarm.ts';
import { runPlan } from '../../../src/sim/verdict/run.ts';
import { defaultWorkload } from '../../../src/sim/workloads/default.ts';
import { serviceHistory } from '../../../src/sim/workloads/service-model.ts';

/** A lease for a second, by the time of its entry. */
const lease = defineApp({
  name: 'lease',
  initial: { by: '', until: 0 },
  commands: z.object({ type: z.literal('take'), by: z.enum(['ann', 'bob']) }),
  queries: z.object({ type: z.literal('holder') }),
  apply(state, { by }, { wall }) {
    if (state.by !== by && wall < state.until) return { state, outcome: refused(`${state.by} has it`) };
    return { state: { by, until: wall + 1_000 }, outcome: accepted(wall + 1_000) };
  },
  read: ({ by }) => accepted(by),
});

const service = defineService({ name: 'leases', apps: [lease] });

/** By the uuid of its write, when its entry was stamped. */
const STAMPED: Readonly<Record<string, number>> = { u1: 5_000, u2: 5_500, u3: 7_000 };

const contextOf = ({ uuids }: ClientOperation): EntryContext | undefined => {
  const wall = STAMPED[uuids[0] ?? ''];
  return wall === undefined
    ? undefined
    : { index: wall, epoch: { counter: 1, nodeId: 's1' }, lamport: 1, wall, uuid: 'u' };
};

function take(number: number, by: string, status: number, body: unknown): ClientOperation {
  return {
    number,
    client: 'c1',
    call: { method: 'POST', path: '/lease/take', body: { by }, session: false },
    key: undefined,
    token: undefined,
    calledAt: number * 10,
    uuids: [`u${number}`],
    expect: undefined,
    attempts: 1,
    result: { type: 'answered', at: number * 10 + 5, status, body: JSON.stringify(body), token: '' },
  };
}

const right = [take(1, 'ann', 200, 6_000), take(2, 'bob', 400, { error: 'ann has it' }), take(3, 'bob', 200, 8_000)];

describe('A service that looks at the time of its entries', () => {
  test('is judged whole where the log tells it', () => {
    const { verdict, judged } = judgeLinearizable(serviceHistory(service), right, undefined, contextOf);
    expect([verdict, showJudged(judged)]).toEqual(['ok', 'judged 3 of 3 operations']);
  });

  test('is not allowed what its time forbids: a lease that was given away too early, and one that was refused too late', () => {
    const early = [right[0], take(2, 'bob', 200, 6_500)];
    const late = [right[0], right[1], take(3, 'bob', 400, { error: 'ann has it' })];
    for (const wrong of [early, late]) {
      const operations = wrong.flatMap((operation) => operation ?? []);
      expect(judgeLinearizable(serviceHistory(service), operations, undefined, contextOf).verdict).toBe('illegal');
    }
  });

  test('is said not to be judged where nothing tells it', () => {
    const { verdict, judged } = judgeLinearizable(serviceHistory(service), right);
    expect(verdict).toBe('ok');
    expect(showJudged(judged)).toBe(
      'judged 0 of 3 operations, because after a command of lease (take) its apply looks at the entry (index or time)',
    );
  });

  test('is judged in runs, nearly all of it, and right under faults', () => {
    const workload = defaultWorkload(service);
    let [judged, of] = [0, 0];
    for (let seed = 1; seed <= 12; seed += 1) {
      const result = runPlan(planOfSeed(seed, {}, [workload]), { strict: false, workloads: [workload] });
      expect(`${seed}: ${result.violation?.judge} ${result.violation?.reason}`).toBe(`${seed}: undefined undefined`);
      judged += result.judged?.judged ?? 0;
      of += result.judged?.of ?? 0;
    }
    expect(judged).toBeGreaterThan(0.5 * of);
  });
});
