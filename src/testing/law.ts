/** A law that an app broke: of purity, of its twin, or one of its own invariants. */
export class BrokenLaw extends Error {
  override readonly name = 'BrokenLaw';
}

/** Throws a `BrokenLaw` with the text of `what`, unless `holds`. */
export function law(holds: boolean, what: () => string): asserts holds {
  if (!holds) throw new BrokenLaw(what());
}
