import { InvalidArgumentError } from 'commander';

/** An argument parser for whole numbers from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`A whole number from ${least} to ${most} is expected.`);
    }
    return value;
  };
}

/** An argument parser for TCP ports. */
export const portNumber = wholeNumber(1, 65_535);

/** An argument parser for the size of a cache. */
export const cacheSize = wholeNumber(0, 1_000_000);

/** An argument parser for seeds. */
export const seedNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** An argument parser for probabilities, in thousandths: `0.25` and `.25` are 250. */
export function probability(text: string): number {
  const value = Number(text);
  if (/^(\d(\.\d{1,3})?|\.\d{1,3})$/.test(text) && value <= 1) return Math.round(value * 1_000);
  throw new InvalidArgumentError('A number from 0 to 1 with at most three decimals is expected.');
}

/** A position in a run: its time in microseconds, or the number of an event. */
export type Moment = { readonly at: number } | { readonly number: number };

/** An argument parser for positions: `2250` or `2250.5` in milliseconds, `#1077` for an event. */
export function readClocks(text: string): Moment {
  if (/^#\d+$/.test(text)) return { number: Number(text.slice(1)) };
  if (/^\d+(\.\d+)?$/.test(text)) return { at: Math.round(Number(text) * 1_000) };
  throw new InvalidArgumentError('Milliseconds, such as 2250, or an event, such as #1077, are expected.');
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** An argument parser for times, `60s` or `10m`, in milliseconds. */
export function duration(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,6})(ms|s|m|h)?$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('A time, such as 60s or 10m, is expected.');
  return Number(count) * (UNITS[unit] ?? 0);
}
