import { z } from 'zod';

/**
 * The name of a node, as an operator or a joiner chooses it: letters, digits and dashes, at most 32. Names that every object has
 * (`constructor`) are refused, since a record by names would seem to know them.
 */
export const nodeName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/i, 'is not a name of at most 32 letters, digits and dashes')
  .refine((name) => !(name in {}), 'is a name that has a meaning of its own here');
