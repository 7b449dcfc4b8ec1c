import * as z from 'zod';

/** The id of an event or a user, the number of an order: dense from 0, as in the sources. Minus zero is zero. */
export const id = z
  .int('expected a whole number')
  .min(0)
  .overwrite((value) => value + 0);

/** An id in a path: `7`, and not `07`, `+7`, `7.0`, `7e0` or anything beyond 2^53−1. */
export const pathId = z
  .string()
  .regex(/^(0|[1-9]\d{0,15})$/, 'expected a whole number')
  // As JSON Schema: a text in a path has no bounds.
  .meta({ type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
  .transform(Number)
  .pipe(z.int());

/** A number of tickets or shares: whole, from 1 to 2^53−1. Sums must be bounded where they are formed. */
const COUNTED = 'expected a whole number, at least 1';
export const count = z.int(COUNTED).min(1, COUNTED);

/** A number of tickets that there are, perhaps none. */
const HELD = 'expected a whole number, at least 0';
export const countOrNone = z
  .int(HELD)
  .min(0, HELD)
  .overwrite((value) => value + 0);

/** The name of an event, a user or a stock. */
export const name = z
  .string('expected a text')
  .min(1, 'expected a text that is not empty')
  .max(200, 'expected at most 200 characters');

/** Rows in one answer that a client asks for by `limit`. */
const LIMIT_AT_MOST = 10_000;

/** A bound on the rows of a list. */
export const rowLimit = count.max(LIMIT_AT_MOST, `expected at most ${LIMIT_AT_MOST}`);

/** The same in a query string. */
export const pathLimit = pathId.pipe(rowLimit);
