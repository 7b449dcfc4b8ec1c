import * as z from 'zod';

// Money is counted in cents, whole ones, wherever it is kept or compared. Clients and the catalogue file write it as a decimal
// number with at most two places; nothing is ever rounded on the way.

/** Up to here `cents / 100` is a number of at most 15 digits, and each of those stands for itself in a double (IEEE 754). */
export const CENTS_AT_MOST = 999_999_999_999_999;

const CENTS = `expected whole cents, 0 to ${CENTS_AT_MOST}`;

/** The schema of a price in cents. Minus zero is zero. */
export const cents = z
  .int(CENTS)
  .min(0, CENTS)
  .max(CENTS_AT_MOST, CENTS)
  .overwrite((value) => value + 0);

/** The schema of a price as clients write it: `15.99`. What comes out is cents. */
export const decimalPrice = z.number('expected a price').transform((price, context) => {
  const exact = centsOf(price);
  if (exact !== undefined) return exact;
  context.addIssue({
    code: 'custom',
    message: 'expected a price with at most two decimals, from 0 to 9999999999999.99',
  });
  return z.NEVER;
});

/** `15.99` in cents; undefined for what is no price: below zero, beyond `CENTS_AT_MOST`, or with more than two places. */
export function centsOf(price: number): number | undefined {
  const nearest = Math.round(price * 100) + 0;
  const isExact = nearest >= 0 && nearest <= CENTS_AT_MOST && priceOf(nearest) === price;
  return isExact ? nearest : undefined;
}

/** Cents as clients see them: 1599 is `15.99`, 1600 is `16`. */
export function priceOf(inCents: number): number {
  return inCents / 100;
}
