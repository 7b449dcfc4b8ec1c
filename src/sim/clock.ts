import type { Moment } from '../protocol/effects.ts';
import type { NodeId } from '../protocol/epoch.ts';
import { drawAt, type Stream, streamOf } from './random.ts';

/** Unix time in milliseconds when every run begins. */
export const FIRST_WALL = 1_700_000_000_000;

/** The clocks of one node. Simulated time is whole microseconds since the start of the run. */
export interface Clock {
  /** What the monotonic clock showed at the start: no two nodes agree, and nobody may compare them. */
  readonly monotonicMicros: number;
  /** How far the wall clock is off, in milliseconds. */
  readonly wallMillis: number;
  readonly chance: Stream;
  asked: number;
}

export function createClock(seed: number, node: NodeId, wallSpread: number): Clock {
  const stream = streamOf(seed, `clock ${node}`);
  return {
    monotonicMicros: drawAt(stream, 1, 1_000_000_000),
    wallMillis: drawAt(stream, 2, wallSpread + 1),
    chance: streamOf(seed, `chance ${node}`),
    asked: 0,
  };
}

/** The moment of a step: both clocks, and the node's next draw of chance. */
export function momentOf(clock: Clock, now: number): Moment {
  clock.asked += 1;
  return {
    millis: (clock.monotonicMicros + now) / 1_000,
    wall: FIRST_WALL + clock.wallMillis + Math.floor(now / 1_000),
    chance: drawAt(clock.chance, clock.asked, 0x4000_0000) / 0x4000_0000,
  };
}

/** The first microsecond at which the node's monotonic clock shows at least `millis`. */
export function whenShown(clock: Clock, millis: number): number {
  let at = Math.ceil(millis * 1_000);
  // A product of fractions is rounded, either way, by a hair; waking a microsecond early would wake for ever.
  while (at / 1_000 < millis) at += 1;
  while ((at - 1) / 1_000 >= millis) at -= 1;
  return at - clock.monotonicMicros;
}
