import { type TimeMap, timeMap } from '../../sim/diagram/time-map.ts';
import type { RunModel } from './run-model.ts';

/** Pixels of story time: every telling instant gets 4 to 56, and idle seconds are pressed together. */
const SCALE = { perMillisecond: 9, least: 4, most: 56 };

/** Time as the reader meets it, in pixels at zoom 1; over the instants of all `runs`, so that they can be compared. */
export function storyTime(...runs: readonly RunModel[]): TimeMap {
  const instants: number[] = [0];
  for (const { recording, steps, messages, telling } of runs) {
    for (const step of steps) {
      const event = recording.events[step];
      if (event !== undefined) instants.push(event.at);
    }
    for (const { id, arrivals, releasedAt } of messages) {
      if (!telling.has(id)) continue;
      for (const { at } of arrivals) instants.push(at);
      if (releasedAt !== undefined) instants.push(releasedAt);
    }
    instants.push(recording.endedAt);
  }
  return timeMap(instants, SCALE);
}
