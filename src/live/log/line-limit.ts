/** Lines of one kind that are written within a window; further ones are counted. */
const AT_MOST = 20;

/** The window, in milliseconds. */
const WITHIN = 10_000;

/**
 * Bounds lines of a log that others cause: what a flood would repeat is told once, with its number. A kind must not
 * contain what others choose.
 */
export interface LineLimit {
  /** Whether one more line of this kind is written. */
  passes(kind: string): boolean;
}

/** `told` is called at the end of each window in which lines were left out, with their number. */
export function createLineLimit(told: (kind: string, count: number) => void, within = WITHIN): LineLimit {
  const counts = new Map<string, number>();
  return {
    passes(kind) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      if (count === 1) setTimeout(() => end(kind), within).unref();
      return count <= AT_MOST;
    },
  };

  function end(kind: string): void {
    const left = (counts.get(kind) ?? 0) - AT_MOST;
    counts.delete(kind);
    if (left > 0) told(kind, left);
  }
}
