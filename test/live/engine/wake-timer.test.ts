import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWakeTimer } from '../../../src/live/engine/wake-timer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('The alarm', () => {
  it('rings when it is due, and not before', () => {
    const rings: number[] = [];
    const due = performance.now() + 100.4;
    const alarm = createWakeTimer(
      () => rings.push(performance.now()),
      () => due,
    );
    alarm.set(due);
    vi.advanceTimersByTime(100);
    expect(rings).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(rings).toHaveLength(1);
  });

  it('rings at the later time when it was moved back, without being told', () => {
    let rings = 0;
    let due = performance.now() + 100;
    const alarm = createWakeTimer(
      () => (rings += 1),
      () => due,
    );
    alarm.set(due);
    due += 100;
    vi.advanceTimersByTime(199);
    expect(rings).toBe(0);
    vi.advanceTimersByTime(1);
    expect(rings).toBe(1);
  });

  it('rings at the earlier time when it was moved forward', () => {
    let rings = 0;
    let due: number | undefined = performance.now() + 1_000;
    const alarm = createWakeTimer(
      () => {
        rings += 1;
        due = undefined;
      },
      () => due,
    );
    alarm.set(due);
    due = performance.now() + 10;
    alarm.set(due);
    vi.advanceTimersByTime(10);
    expect(rings).toBe(1);
    vi.advanceTimersByTime(5_000);
    expect(rings).toBe(1);
  });

  it('waits in steps for what no timer reaches', () => {
    let rings = 0;
    const due = performance.now() + 2_147_483_647 + 5_000;
    const alarm = createWakeTimer(
      () => (rings += 1),
      () => due,
    );
    alarm.set(due);
    vi.advanceTimersByTime(2_147_483_647);
    expect(rings).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(rings).toBe(1);
  });
});
