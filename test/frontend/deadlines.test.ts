import * as fc from 'fast-check';
import { expect as expectThat, test } from 'vitest';
import { type Deadlines, expect, NO_DEADLINES, withoutSoonest } from '../../src/frontend/deadlines.ts';

/** All there is, as the heap hands it out. */
function drain(deadlines: Deadlines): [number, number][] {
  const drained: [number, number][] = [];
  for (let rest = deadlines; rest !== undefined; rest = withoutSoonest(rest)) drained.push([rest.at, rest.id]);
  return drained;
}

test('deadlines come soonest first, of one instant the lowest id first, and an old heap is never changed', () => {
  const command = fc.oneof(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 })), fc.constant('take' as const));
  fc.assert(
    fc.property(fc.array(command, { maxLength: 80 }), (commands) => {
      let heap: Deadlines = NO_DEADLINES;
      let twin: [number, number][] = [];
      for (const step of commands) {
        const [before, sorted] = [heap, twin];
        if (step !== 'take') {
          heap = expect(heap, ...step);
          twin = [...twin, step].sort(([at, id], [otherAt, otherId]) => at - otherAt || id - otherId);
        } else if (heap !== undefined) {
          heap = withoutSoonest(heap);
          twin = twin.slice(1);
        }
        expectThat(drain(heap)).toEqual(twin);
        expectThat(drain(before)).toEqual(sorted);
      }
    }),
    { numRuns: 60 },
  );
});

test('a hundred thousand ascending deadlines neither overflow the stack nor lie on one long path', () => {
  let heap: Deadlines = NO_DEADLINES;
  for (let at = 0; at < 100_000; at += 1) heap = expect(heap, at, at);
  expectThat(heap?.rank).toBeLessThanOrEqual(17);
  expectThat(drain(heap)).toHaveLength(100_000);
});
