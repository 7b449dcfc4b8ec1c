import { describe, expect, it } from 'vitest';
import { createNameless, NAMELESS_AT_MOST, NAMELESS_GRANTED } from '../../../src/transport-http/peers/nameless.ts';

describe('Sockets without a hello', () => {
  it('make room for one of another source at once, by the oldest of the source that has most', () => {
    const nameless = createNameless<string>();
    nameless.admit('honest', 'b', 0);
    for (let count = 1; count < NAMELESS_AT_MOST; count += 1) nameless.admit(`flood ${count}`, 'a', 0);
    expect(nameless.admit('another', 'b', 0)).toEqual({ isAdmitted: true, evicted: 'flood 1' });
    expect(nameless.admit('a third', 'c', 0)).toEqual({ isAdmitted: true, evicted: 'flood 2' });
    expect(nameless.all()).toContain('honest');
    expect(nameless.all()).toHaveLength(NAMELESS_AT_MOST);
  });

  it('are left alone by others of their source for a while, and make room for them then', () => {
    const nameless = createNameless<string>();
    nameless.admit('honest', 'a', 0);
    for (let count = 1; count < NAMELESS_AT_MOST; count += 1) nameless.admit(`flood ${count}`, 'a', 0);
    expect(nameless.hasRoom('a', NAMELESS_GRANTED - 1)).toBe(false);
    expect(nameless.hasRoom('b', NAMELESS_GRANTED - 1)).toBe(true);
    expect(nameless.hasRoom('a', NAMELESS_GRANTED)).toBe(true);
    expect(nameless.all()).toHaveLength(NAMELESS_AT_MOST);
    expect(nameless.admit('one more', 'a', NAMELESS_GRANTED - 1)).toEqual({ isAdmitted: false });
    expect(nameless.admit('one more', 'a', NAMELESS_GRANTED)).toEqual({ isAdmitted: true, evicted: 'honest' });
  });

  it('free their places when they leave', () => {
    const nameless = createNameless<number>();
    for (let count = 0; count < NAMELESS_AT_MOST; count += 1) nameless.admit(count, 'a', 0);
    nameless.leave(7);
    expect(nameless.admit(-1, 'a', 0)).toEqual({ isAdmitted: true });
  });
});
