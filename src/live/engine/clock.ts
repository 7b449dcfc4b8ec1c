import type { Moment } from '../../protocol/model/effects.ts';

/** Reads this machine's clocks, and draws a random number. */
export function readClocks(): Moment {
  return { millis: performance.now(), wall: Date.now(), chance: Math.random() };
}
