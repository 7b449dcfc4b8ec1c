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

/** An argument parser for seeds. */
export const seedNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER);
