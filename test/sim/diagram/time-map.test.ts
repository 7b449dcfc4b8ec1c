import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { showDuration, showSeconds } from '../../../src/sim/diagram/show-time.ts';
import { timeMap } from '../../../src/sim/diagram/time-map.ts';

const SCALE = { perMillisecond: 10, least: 4, most: 30 };
const instants = fc.array(fc.integer({ min: 0, max: 60_000_000 }), { minLength: 1, maxLength: 60 });

describe('time on paper', () => {
  test('runs at its own pace, faster between what is close and slower between what is far.', () => {
    const { yOf, height, breaks } = timeMap([0, 1_000, 1_100, 501_100], SCALE);
    expect([0, 1_000, 1_100, 501_100].map(yOf)).toEqual([0, 10, 14, 44]);
    expect(yOf(500)).toBe(5);
    expect(height).toBe(44);
    expect(breaks).toEqual([{ from: 1_100, to: 501_100 }]);
  });

  test('stands at the top before the first instant and at the bottom after the last.', () => {
    const { yOf } = timeMap([1_000, 2_000], SCALE);
    expect([yOf(0), yOf(9_000)]).toEqual([0, 10]);
  });

  test('never goes back and never stands still.', () => {
    fc.assert(
      fc.property(instants, (times) => {
        const { yOf } = timeMap(times, SCALE);
        const sorted = [...new Set(times)].sort((a, b) => a - b);
        sorted.forEach((at, place) => {
          const before = sorted[place - 1];
          if (before === undefined) return;
          const step = yOf(at) - yOf(before);
          expect(step).toBeGreaterThan(SCALE.least - 0.001);
          expect(step).toBeLessThan(SCALE.most + 0.001);
          const between = yOf((before + at) / 2);
          expect(between).toBeGreaterThan(yOf(before));
          expect(between).toBeLessThan(yOf(at));
        });
      }),
    );
  });

  test('is found again from its place.', () => {
    fc.assert(
      fc.property(instants, fc.double({ min: 0, max: 1, noNaN: true }), (times, share) => {
        const { yOf, atOf } = timeMap(times, SCALE);
        const [first, last] = [Math.min(...times), Math.max(...times)];
        const at = first + (last - first) * share;
        expect(Math.abs(atOf(yOf(at)) - at)).toBeLessThan(0.01);
      }),
    );
  });

  test('is shown in seconds, as in a trace, and durations in the unit they are read in.', () => {
    expect([0, 2_004_130, 12_345_678].map((at) => showSeconds(at))).toEqual(['0.0000 s', '2.0041 s', '12.3456 s']);
    expect([40, 3_140, 1_250_000].map(showDuration)).toEqual(['40 µs', '3.1 ms', '1.25 s']);
  });
});
