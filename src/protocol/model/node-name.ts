import type { NodeId } from './epoch.ts';

/**
 * Whether a text is the name of a node: letters, digits and dashes, at most 32. Names of object properties
 * (`constructor`) are refused, since a record by names would seem to have them.
 */
export function isNodeName(text: string): text is NodeId {
  return /^[a-z0-9-]{1,32}$/i.test(text) && !(text in {});
}
