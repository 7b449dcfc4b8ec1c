import { describe, expect, test } from 'vitest';
import { EPOCH_COLOURS, type Pair, PALETTE } from '../../src/drawing/palette.ts';
import { boxOf, headPath } from '../../src/sim/diagram/signs.ts';

type Colour = readonly [red: number, green: number, blue: number];

/** Machado, Oliveira and Fernandes (2009), severity 1: what an eye sees of linear red, green and blue. */
const VISIONS: Readonly<Record<string, readonly [Colour, Colour, Colour]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(hex: string): Colour {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((place) => {
    const share = Number.parseInt(hex.slice(place, place + 2), 16) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return [red, green, blue];
}

function times(rows: readonly [Colour, Colour, Colour], colour: Colour): Colour {
  const [red = 0, green = 0, blue = 0] = rows.map((row) =>
    row.reduce((sum, each, at) => sum + each * (colour[at] ?? 0), 0),
  );
  return [red, green, blue];
}

function bounded(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/** The colour as an eye of that vision sees it. */
function seen(hex: string, vision: string): Colour {
  const rows = VISIONS[vision];
  if (rows === undefined) throw new Error(`no vision is called ${vision}`);
  const [red, green, blue] = times(rows, linear(hex));
  return [bounded(red), bounded(green), bounded(blue)];
}

function contrast(one: Colour, other: Colour): number {
  const [low = 0, high = 0] = [one, other]
    .map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue)
    .sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** The distance of two colours in Oklab (Ottosson 2020): from 0 to about 1. */
function distance(one: Colour, other: Colour): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));
}

function oklab(colour: Colour): Colour {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    colour,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(cones[0]), Math.cbrt(cones[1]), Math.cbrt(cones[2])],
  );
}

/** Below this distance colours are not told apart at a glance. */
const CLEAR = 0.12;

interface Sign {
  readonly name: string;
  readonly colour: Pair;
  /** What it has besides its colour. */
  readonly shape: string;
}

/** Pairs that an eye of some vision does not tell apart, neither by colour nor by shape. */
function confused(signs: readonly Sign[]): readonly string[] {
  return Object.keys(VISIONS).flatMap((vision) =>
    ([0, 1] as const).flatMap((ground) =>
      signs.flatMap((one, place) =>
        signs
          .slice(place + 1)
          .filter(({ shape }) => shape === one.shape)
          .filter(({ colour }) => distance(seen(one.colour[ground], vision), seen(colour[ground], vision)) < CLEAR)
          .map(({ name }) => `${one.name} and ${name}, ${vision}, ${ground === 0 ? 'light' : 'dark'}`),
      ),
    ),
  );
}

const MESSAGES: readonly Sign[] = (
  [
    ['client', PALETTE.ink],
    ['log', PALETTE.log],
    ['election', PALETTE.election],
    ['routine', PALETTE.soft],
  ] as const
).map(([name, colour]) => ({ name, colour, shape: headPath(name, { x: 0, y: 0 }, { x: 40, y: 10 }) }));

const OUTCOMES: readonly Sign[] = (
  [
    ['ok', PALETTE.good],
    ['refused', PALETTE.warn],
    ['unknown', PALETTE.alarm],
    ['under way', PALETTE.soft],
  ] as const
).map(([name, colour]) => {
  const { rx, 'stroke-dasharray': dashes } = boxOf(name);
  return { name, colour, shape: `${rx} ${dashes}` };
});

describe('for eyes that do not tell all colours apart', () => {
  const { faint: _, paper, panel, ...inks } = PALETTE;
  const all: readonly Pair[] = [...Object.values(inks), ...EPOCH_COLOURS];

  test.each(Object.keys(VISIONS))('text can be read: %s.', (vision) => {
    for (const ground of [0, 1] as const) {
      for (const pair of all) {
        expect(contrast(seen(pair[ground], vision), seen(paper[ground], vision))).toBeGreaterThanOrEqual(4.5);
        expect(contrast(seen(pair[ground], vision), seen(panel[ground], vision))).toBeGreaterThanOrEqual(4.2);
      }
    }
  });

  test('messages differ by the shapes of their heads where they do not by colour.', () => {
    expect(confused(MESSAGES)).toEqual([]);
    // Colour alone would not do.
    expect(confused(MESSAGES.map((sign) => ({ ...sign, shape: '' })))).toContain(
      'log and election, deuteranopia, light',
    );
  });

  test('outcomes differ by their boxes where they do not by colour.', () => {
    expect(confused(OUTCOMES)).toEqual([]);
    expect(confused(OUTCOMES.map((sign) => ({ ...sign, shape: '' })))).toContain(
      'refused and unknown, deuteranopia, light',
    );
  });
});
