import { expect, test } from 'vitest';
import { limitsOfHeap } from '../../../src/live/start/heap-limits.ts';
import { DEFAULT_SETTINGS } from '../../../src/protocol/model/settings.ts';

const MB = 1024 * 1024;

test.each([256, 512, 1_024, 4_096])(
  'What the limits promise of a heap of %i MB is less than two thirds of it',
  (heap) => {
    const { dedupeAtMost, stateSizeAtMost, pendingSizeAtMost, heldSizeAtMost } = limitsOfHeap(
      DEFAULT_SETTINGS,
      heap * MB,
    );
    const ofGroup = dedupeAtMost * 430 + stateSizeAtMost * 2 + pendingSizeAtMost;
    expect((2 * ofGroup + heldSizeAtMost) / MB / heap).toBeLessThan(2 / 3);
  },
);

test('With a large heap the limits are the defaults', () => {
  const limits = limitsOfHeap(DEFAULT_SETTINGS, 64 * 1_024 * MB);
  expect({ ...DEFAULT_SETTINGS, ...limits }).toEqual(DEFAULT_SETTINGS);
});
