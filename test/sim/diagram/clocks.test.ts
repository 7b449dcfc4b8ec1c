import { describe, expect, test } from 'vitest';
import { clockEvents, dominates } from '../../../src/sim/diagram/clocks.ts';
import { SHIVIZ_PARSER, shivizLog } from '../../../src/sim/diagram/shiviz.ts';
import type { PlanInput } from '../../../src/sim/plan/plan.ts';
import type { Recording } from '../../../src/sim/recording/recording.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';
import { arrived, handTape, sent } from '../../support/sim/small-recording.ts';

const PLAN: PlanInput = {
  network: { drop: 20, duplicate: 30 },
  horizon: 2_000,
  faults: [
    { type: 'crash', at: 1_000, node: 's2' },
    { type: 'pause', at: 1_200, node: 's1' },
    { type: 'resume', at: 1_500 },
  ],
  workload: { clients: 2, requests: 4 },
};

/** Runs with losses, copies, a pause and a crash. */
const TAPES: readonly Recording[] = [4, 9].flatMap(
  (seed) => runPlan(planOf({ ...PLAN, seed }), { recording: true }).recording ?? [],
);

describe('vector clocks', () => {
  test('know what came before, and nothing of what went on elsewhere.', () => {
    const recording = handTape([
      sent(1, 1, 's1', 's2'),
      sent(2, 2, 's3', 's2'),
      arrived(3, 1),
      arrived(4, 2),
      arrived(5, 1),
    ]);
    expect(clockEvents(recording).map(({ host, clock }) => [host, clock])).toEqual([
      ['s1', { s1: 1 }],
      ['s3', { s3: 1 }],
      ['s2', { s1: 1, s2: 1 }],
      ['s2', { s1: 1, s2: 2, s3: 1 }],
      ['s2', { s1: 1, s2: 3, s3: 1 }],
    ]);
  });

  test('learn nothing from what is never taken, nor from a refused connection.', () => {
    const refusal = sent(3, 2, 's2', 's1', { kind: 'refused', fromUnit: '', unit: '' });
    const recording = handTape([sent(1, 1, 's1', 's2'), arrived(2, 1, 'refused'), refusal, arrived(4, 2)]);
    expect(clockEvents(recording).map(({ host, clock }) => [host, clock])).toEqual([
      ['s1', { s1: 1 }],
      ['s1', { s1: 2 }],
    ]);
  });

  test('count every event of a host by one.', () => {
    for (const recording of TAPES) {
      const counts = new Map<string, number>();
      const jumps = clockEvents(recording).filter(({ host, clock }) => {
        const before = counts.get(host) ?? 0;
        counts.set(host, clock[host] ?? 0);
        return clock[host] !== before + 1;
      });
      expect(jumps).toEqual([]);
      expect(counts.size).toBeGreaterThan(2);
    }
  });

  test('of a taken message know all that its sender knew, and more.', () => {
    for (const recording of TAPES) {
      const sendings = new Map<number, ReturnType<typeof clockEvents>[number]>();
      const wrong: number[] = [];
      let taken = 0;
      for (const event of clockEvents(recording)) {
        if (event.event.type === 'sent') sendings.set(event.event.id, event);
        if (event.event.type !== 'arrived') continue;
        const sending = sendings.get(event.event.id);
        if (sending === undefined) continue;
        taken += 1;
        if (dominates(event.clock, sending.clock) && !dominates(sending.clock, event.clock)) continue;
        wrong.push(event.event.id);
      }
      expect(wrong).toEqual([]);
      expect(taken).toBeGreaterThan(50);
    }
  });
});

describe('a log for ShiViz', () => {
  test('can be read with the expression in its first line.', () => {
    for (const recording of TAPES) {
      const [first, ...lines] = shivizLog(recording).trimEnd().split('\n');
      expect(first).toBe(`# ${SHIVIZ_PARSER}`);
      const parser = new RegExp(`^${SHIVIZ_PARSER}$`);
      const read = lines.map((line) => parser.exec(line)?.groups ?? {});
      expect(read.map(({ host, clock }) => [host, clock])).toEqual(
        clockEvents(recording).map(({ host, clock }) => [host, JSON.stringify(clock)]),
      );
      expect(read.every(({ event }) => (event ?? '') !== '')).toBe(true);
    }
  });

  test('says in words what happened.', () => {
    const recording = handTape([sent(2_000, 1, 's1', 's2', { text: 'append 1.s1\nafter 4' }), arrived(3_100, 1)]);
    expect(shivizLog(recording).split('\n').slice(1)).toEqual([
      's1 {"s1":1} 0.0020 s sends s2 events: append 1.s1 after 4',
      's2 {"s1":1,"s2":1} 0.0031 s takes from s1: append 1.s1 after 4',
      '',
    ]);
  });
});
