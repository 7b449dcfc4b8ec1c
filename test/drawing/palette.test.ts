import { describe, expect, test } from 'vitest';
import { EPOCH_COLOURS, type Pair, PALETTE } from '../../src/drawing/palette.ts';

/** The contrast of two colours as WCAG 2 reckons it: from 1 to 21. */
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((place) => {
    const share = Number.parseInt(colour.slice(place, place + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

describe('the palette', () => {
  const { faint: _, paper, panel, ...inks } = PALETTE;
  const all: readonly (readonly [string, Pair])[] = [
    ...Object.entries(inks),
    ...EPOCH_COLOURS.map((pair, place): readonly [string, Pair] => [`epoch ${place}`, pair]),
  ];

  test.each(all)('can be read as text in both lights: %s.', (_name, pair) => {
    for (const ground of [0, 1] as const) {
      expect(contrast(pair[ground], paper[ground])).toBeGreaterThanOrEqual(4.5);
      expect(contrast(pair[ground], panel[ground])).toBeGreaterThanOrEqual(4.5);
    }
  });
});
