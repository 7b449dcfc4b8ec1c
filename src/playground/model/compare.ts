import type { RecordedEvent } from '../../sim/recording/recording.ts';
import type { RunModel } from './run-model.ts';

/** The place of the first event in which two runs differ; undefined where they are the same. */
export function partingOf(one: RunModel, other: RunModel): number | undefined {
  const [a, b] = [one.recording.events, other.recording.events];
  const shorter = Math.min(a.length, b.length);
  for (let place = 0; place < shorter; place += 1) {
    const [left, right] = [a[place], b[place]];
    if (left !== undefined && right !== undefined && !isSame(left, right)) return place;
  }
  return a.length === b.length ? undefined : shorter;
}

function isSame(a: RecordedEvent, b: RecordedEvent): boolean {
  if (a.type !== b.type || a.at !== b.at) return false;
  if ('node' in a && 'node' in b && a.node !== b.node) return false;
  if ('text' in a && 'text' in b && a.text !== b.text) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
