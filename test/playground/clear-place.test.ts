import { expect, it } from 'vitest';
import { clearPlace } from '../../src/playground/draw/clear-place.ts';

const size = { width: 40, height: 12 };
const card = { x: 100, y: 100, width: 60, height: 40 };

it('A label lies at the first place that is clear of cards and of other labels, and nowhere where none is', () => {
  const places = [
    { x: 140, y: 90 },
    { x: 155, y: 90 },
  ];
  expect(clearPlace(size, places, [])).toMatchObject({ x: 140, y: 90 });
  expect(clearPlace(size, places, [card])).toMatchObject({ x: 155, y: 90 });
  expect(clearPlace(size, places, [card, { ...size, x: 170, y: 80 }])).toBeUndefined();
});
