import * as z from 'zod';
import { isNodeName } from '../../protocol/model/node-name.ts';

/**
 * A node name from an operator or a joining node: letters, digits and dashes, at most 32. Names of object properties
 * (`constructor`) are refused, since a record by names would seem to have them.
 */
export const nodeName = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/i, 'is not a name of at most 32 letters, digits and dashes')
  .refine(isNodeName, 'is a name that has a meaning of its own here');
