import type { Moment } from '../../protocol/model/effects.ts';

/** Now, by this machine's clocks, with a draw of chance. */
export function readClocks(): Moment {
  return { millis: performance.now(), wall: Date.now(), chance: Math.random() };
}
