import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLineLimit } from '../../../src/live/log/line-limit.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('Lines that others cause', () => {
  it('are written up to a bound, and the others told in one line at the end of the window', () => {
    const told: string[] = [];
    const limit = createLineLimit((kind, count) => told.push(`${kind} ${count}`));
    const written = Array.from({ length: 1_000 }, () => limit.passes('503')).filter((passes) => passes);
    expect([written.length, limit.passes('500'), told]).toEqual([20, true, []]);
    vi.advanceTimersByTime(10_000);
    expect(told).toEqual(['503 980']);
    expect(limit.passes('503')).toBe(true);
    vi.advanceTimersByTime(10_000);
    expect(told).toHaveLength(1);
  });
});
