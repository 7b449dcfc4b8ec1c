import { describe, expect, test } from 'vitest';
import { createWallClock } from '../../../src/chaos/decide/wall-clock.ts';

describe('The clock of the machine beside the time of a run', () => {
  test('gives the latest noted time that is no later than the true one', () => {
    const clock = createWallClock();
    clock.note(0, 5_000);
    clock.note(20_000, 5_020);
    expect([4_990, 5_000, 5_019, 5_020, 9_999].map((wall) => clock.timeOf(wall))).toEqual([-10_000, 0, 0, 0, 20_000]);
  });

  test('follows a clock that is set ahead, and one that is set back', () => {
    const clock = createWallClock();
    clock.note(0, 5_000);
    clock.note(20_000, 11_000);
    clock.note(40_000, 5_010);
    clock.note(60_000, 5_030);
    // Set ahead by six seconds: an entry of then was not made six seconds later.
    expect(clock.timeOf(10_999)).toBe(0);
    // Set back: the same reading twice means the earlier one.
    expect(clock.timeOf(5_020)).toBe(0);
    expect(clock.timeOf(11_000)).toBe(0);
  });
});
