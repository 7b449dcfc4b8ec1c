/*
 * Counters that grow by what others say ("the highest heard, plus one"): epoch, Lamport time, incarnation, generation,
 * beat, index of a view. A value at the end of the range would stop them for ever, so what is heard is bounded
 * (PROTOCOL §2.5).
 */

/** The highest value learned from others. As many steps of one remain above it as numbers can count exactly. */
export const COUNTER_AT_MOST = 2 ** 52;

/** The greatest step between what is known and what is heard: more than any correct cluster makes in a century. */
export const JUMP_AT_MOST = 2 ** 40;

/**
 * Whether a counter that is heard may be true. A receiver that knows nothing yet (0) takes any value up to the
 * bound.
 */
export function isPlausible(heard: number, known: number): boolean {
  if (heard > COUNTER_AT_MOST) return false;
  return known === 0 || heard - known <= JUMP_AT_MOST;
}

/** The Lamport time after hearing `heard`: the later of the two, in bounded steps, and never above the bound. */
export function laterLamport(known: number, heard: number): number {
  return Math.max(known, Math.min(heard, known + JUMP_AT_MOST, COUNTER_AT_MOST));
}
