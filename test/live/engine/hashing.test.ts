import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createHashing, type Hashing } from '../../../src/live/engine/hashing.ts';
import type { Machine } from '../../../src/protocol/model/machine.ts';
import { hashValue } from '../../../src/protocol/model/value-hash.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { Actor } from '../../support/protocol/one-replica.ts';
import { cast } from '../../support/protocol/replica-script.ts';

type Reported = Parameters<Parameters<typeof createHashing>[0]>[0];

const reported: Reported[] = [];
let hashing: Hashing;

beforeEach(() => {
  reported.length = 0;
  hashing = createHashing((hashed) => reported.push(hashed));
});

afterEach(() => {
  hashing.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('States are hashed', () => {
  it('one after the other, and reported with unit, index and version', async () => {
    hashing.add({ type: 'hash', unit: 'hall', index: 7, machine: having({ seats: 1 }) });
    hashing.add({ type: 'hash', unit: 'till', index: 3, machine: having({ coins: 2 }) });
    expect(reported).toEqual([]);
    await vi.waitFor(() => expect(reported).toHaveLength(2));
    expect(reported).toEqual([
      { unit: 'hall', index: 7, version: 1, hash: hashValue({ seats: 1 }), millis: reported[0]?.millis },
      { unit: 'till', index: 3, version: 1, hash: hashValue({ coins: 2 }), millis: reported[1]?.millis },
    ]);
  });

  it('but not one that waits while a later one of its unit comes', async () => {
    hashing.add({ type: 'hash', unit: 'till', index: 3, machine: having({ coins: 2 }) });
    for (let index = 1; index <= 50; index += 1)
      hashing.add({ type: 'hash', unit: 'hall', index, machine: having({ seats: index }) });
    await vi.waitFor(() => expect(reported).toHaveLength(2));
    expect(reported.map(({ unit, index }) => [unit, index])).toEqual([
      ['till', 3],
      ['hall', 50],
    ]);
  });

  it('in slices: everything else has nine times as long between two of them', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    // Each look at the clock finds it half a millisecond on.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 0.5));
    const pauses = vi.spyOn(globalThis, 'setTimeout');
    const large = Array.from({ length: 20_000 }, (_, index) => index);
    hashing.add({ type: 'hash', unit: 'hall', index: 1, machine: having(large) });
    while (reported.length === 0) vi.advanceTimersToNextTimer();
    expect(reported[0]?.hash).toBe(hashValue(large));
    const [first, ...others] = pauses.mock.calls.map(([, pause]) => pause);
    expect(first).toBe(0);
    expect(others.length).toBeGreaterThan(5);
    expect(new Set(others)).toEqual(new Set([18]));
    // Pauses are not counted.
    expect(reported[0]?.millis).toBeLessThan((others.length + 1) * 2.5);
  });

  it('never, where the state is no JSON, and those behind it are', async () => {
    hashing.add({ type: 'hash', unit: 'hall', index: 1, machine: having(() => 1) });
    hashing.add({ type: 'hash', unit: 'till', index: 2, machine: having(1) });
    await vi.waitFor(() => expect(reported).toHaveLength(1));
    expect(reported[0]?.unit).toBe('till');
  });

  it('no more once it is stopped', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    hashing.add({ type: 'hash', unit: 'hall', index: 1, machine: having(1) });
    hashing.stop();
    vi.advanceTimersByTime(10_000);
    expect(reported).toEqual([]);
  });
});

function having(state: unknown): Machine {
  return { ...machineOf(new Actor('A', { configuration: cast({ A: 1 }) }).replica), state };
}
