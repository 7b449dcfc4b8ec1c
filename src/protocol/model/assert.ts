/**
 * Asserts an invariant of this code. A fault that a caller can cause is a returned value; a bug throws, and ends the
 * node.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant);
}

/** The default branch of every switch over a closed union. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`no case for ${JSON.stringify(value)}`);
}

export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}

/** What ends the node even where the code of a service is kept from doing so. */
export class EndsNode extends BrokenInvariant {}
