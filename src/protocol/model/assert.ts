/**
 * States an invariant of our own code. What a caller can cause is a value; what only a bug can cause ends the node, and
 * nobody catches it to carry on.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new BrokenInvariant(invariant);
}

/** The last branch of every switch over a closed union. */
export function unreachable(value: never): never {
  throw new BrokenInvariant(`no case for ${JSON.stringify(value)}`);
}

export class BrokenInvariant extends Error {
  override readonly name = 'BrokenInvariant';
}
