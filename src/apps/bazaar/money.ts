import * as z from 'zod';

// Money is stored and compared in whole cents. Clients and the catalogue file write it as a decimal number with at most
// two places, and nothing is ever rounded.

/** The largest amount: up to here `cents / 100` has at most 15 digits, which a double represents exactly (IEEE 754). */
export const CENTS_AT_MOST = 999_999_999_999_999;

const CENTS = `expected whole cents, 0 to ${CENTS_AT_MOST}`;

/** The schema of a price in cents. Minus zero is zero. */
export const cents = z
  .int(CENTS)
  .min(0, CENTS)
  .max(CENTS_AT_MOST, CENTS)
  .overwrite((value) => value + 0);

/** The schema of a price as clients write it: `15.99`. The result is in cents. */
export const decimalPrice = z.number('expected a price').transform((price, context) => {
  const exact = centsOf(price);
  if (exact !== undefined) return exact;
  context.addIssue({
    code: 'custom',
    message: 'expected a price with at most two decimals, from 0 to 9999999999999.99',
  });
  return z.NEVER;
});

/** `15.99` in cents; undefined for no price: below zero, beyond `CENTS_AT_MOST`, or with more than two places. */
export function centsOf(price: number): number | undefined {
  const nearest = Math.round(price * 100) + 0;
  const isExact = nearest >= 0 && nearest <= CENTS_AT_MOST && priceOf(nearest) === price;
  return isExact ? nearest : undefined;
}

/** Cents as clients see them: 1599 is `15.99`, 1600 is `16`. */
export function priceOf(inCents: number): number {
  return inCents / 100;
}
