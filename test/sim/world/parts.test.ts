import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { expect, test } from 'vitest';
import { issuedAtOf, uuidIn } from '../../../src/frontend/request-uuid.ts';
import { streamOf } from '../../../src/sim/base/random.ts';
import { uuidAt } from '../../../src/sim/base/uuids.ts';
import { createClock, FIRST_WALL, goOn, readClocksOf, stopClock, whenShown } from '../../../src/sim/world/clock.ts';
import { deepFreeze } from '../../../src/protocol/model/freeze.ts';
import { createAgenda } from '../../../src/sim/world/queue.ts';

test('The agenda gives what is due by time, and what is due together in the order it was put in.', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const agenda = createAgenda<number>();
      times.forEach((at, place) => agenda.put(at, place));
      const taken: number[] = [];
      for (let due = agenda.take(20); due !== undefined; due = agenda.take(20)) taken.push(due.item);
      const expected = times.map((at, place) => ({ at, place })).sort((a, b) => a.at - b.at || a.place - b.place);
      expect(taken).toEqual(expected.map(({ place }) => place));
    }),
  );
});

test('The agenda keeps what is due later.', () => {
  const agenda = createAgenda<string>();
  agenda.put(10, 'later');
  expect(agenda.take(9)).toBeUndefined();
  expect(agenda.take(10)?.item).toBe('later');
});

test('A node that is woken when its clock shows a time is not woken before, nor a microsecond late, however it drifts.', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0, max: 1e7, noNaN: true }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 1e10 }),
      (seed, after, drift, stood) => {
        const clock = createClock(seed, 's1', { wallSpread: 0, drift });
        stopClock(clock, 0);
        goOn(clock, stood);
        const wanted = clock.monotonicMicros / 1_000 + after;
        const at = whenShown(clock, wanted);
        expect(readClocksOf(clock, at).millis).toBeGreaterThanOrEqual(wanted);
        expect(readClocksOf(clock, at - 1).millis).toBeLessThan(wanted);
      },
    ),
    { examples: [[566, 0, 0, 0]], numRuns: 2_000 },
  );
});

test('A monotonic clock never goes back, and drifts by no more than the plan allows.', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 500 }), fc.array(fc.nat(1_000_000)), (seed, drift, steps) => {
      const clock = createClock(seed, 's1', { wallSpread: 0, drift });
      let now = 0;
      let shown = readClocksOf(clock, now).millis;
      steps.forEach((step, place) => {
        // Every third step of time it stands still.
        if (place % 3 === 0) stopClock(clock, now);
        now += step;
        const next = readClocksOf(clock, now).millis;
        const [least, most] = place % 3 === 0 ? [0, 0] : [step * (1_000 - drift), step * (1_000 + drift)];
        expect((next - shown) * 1e6).toBeGreaterThanOrEqual(least - 2_000);
        expect((next - shown) * 1e6).toBeLessThanOrEqual(most + 2_000);
        shown = next;
        goOn(clock, now);
      });
    }),
  );
});

test('Wall clocks differ by what the plan allows, chance stays below one.', () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const { wall, chance } = readClocksOf(createClock(seed, 's1', { wallSpread: 50, drift: 0 }), 3_000);
    expect(wall).toBeGreaterThanOrEqual(FIRST_WALL + 3);
    expect(wall).toBeLessThanOrEqual(FIRST_WALL + 53);
    expect(chance).toBeGreaterThanOrEqual(0);
    expect(chance).toBeLessThan(1);
  }
});

test('Simulated uuids are version 7, say when they were made, and do not repeat.', () => {
  const made = Array.from({ length: 500 }, (_, place) => uuidAt(FIRST_WALL + place, streamOf(1, 'a name'), place));
  expect(new Set(made).size).toBe(500);
  made.forEach((uuid, place) => {
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(uuidIn(uuid)).toBe(uuid);
    expect(issuedAtOf(uuid)).toBe(FIRST_WALL + place);
  });
});

test('What is frozen is frozen all the way down, and persistent collections go on working.', () => {
  const value = deepFreeze({ list: List([1]), map: Map<string, number>({ a: 1 }), plain: [{ deep: [1] }] });
  expect(() => Reflect.apply(Array.prototype.push, value.plain[0]?.deep, [2])).toThrow(TypeError);
  expect(value.list.push(2).toArray()).toEqual([1, 2]);
  expect(value.map.set('b', 2).hashCode()).toBe(Map<string, number>({ a: 1, b: 2 }).hashCode());
});
