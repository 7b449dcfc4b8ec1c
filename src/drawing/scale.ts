/** A linear scale: from numbers to pixels. */
export interface Scale {
  /** In pixels. */
  at(value: number): number;
  /** Round numbers, from the lowest to the highest. */
  readonly ticks: readonly number[];
}

/** A scale from 0 to a round number of at least `most` (1 for 0), between two places in pixels. */
export function scaleTo(most: number, from: number, to: number, wanted = 5): Scale {
  const end = most > 0 ? most : 1;
  const step = roundStep(end / wanted);
  const count = Math.ceil(end / step - 1e-9);
  const highest = count * step;
  return {
    at: (value) => from + ((to - from) * value) / highest,
    ticks: Array.from({ length: count + 1 }, (_, nth) => Number((nth * step).toPrecision(12))),
  };
}

/** The next of 1, 2, 5, 10, 20, 50, … that is at least `least`. */
function roundStep(least: number): number {
  // The exponent as it is printed: logarithms differ between engines.
  const power = Number(`1e${least.toExponential().split('e')[1] ?? '0'}`);
  const factor = [1, 2, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10;
  return factor * power;
}
