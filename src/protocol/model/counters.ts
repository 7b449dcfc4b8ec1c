/*
 * Counters that grow by what others say ("the highest heard, plus one"): epoch, Lamport time, incarnation, generation,
 * beat, index of a view. A value at the end of the range would stop them for ever, so what is heard is bounded
 * (PROTOCOL §2.5).
 */

/** The highest value learned from others. As many steps of one remain above it as numbers can count exactly. */
export const COUNTER_AT_MOST = 2 ** 52;

/** The greatest step between what is known and what is heard: more than any correct cluster makes in a century. */
export const JUMP_AT_MOST = 2 ** 40;

/** From here on, where a correct cluster never comes, steps are short: no word said again and again reaches the end. */
const SHORT_FROM = 2 ** 51;
const SHORT_JUMP = 2 ** 20;

/** Whether a counter that is heard may be true: at most one step above what is known. Nothing known is 0. */
export function isPlausible(heard: number, known: number): boolean {
  return heard <= reachOf(known);
}

/**
 * What is known after hearing `heard` once more: one step nearer to it. So a node takes a counter far above its own only
 * when it is said again and again, as a primary says its epoch; and any counter that a node of the cluster has taken is
 * exceeded in the end. A value beyond the bound is not approached.
 */
export function approached(known: number, heard: number): number {
  return heard > COUNTER_AT_MOST ? known : Math.max(known, Math.min(heard, reachOf(known)));
}

function reachOf(known: number): number {
  const reach = known < SHORT_FROM ? Math.min(known + JUMP_AT_MOST, SHORT_FROM) : known + SHORT_JUMP;
  return Math.min(reach, COUNTER_AT_MOST);
}

/** The Lamport time after hearing `heard`: the later of the two, in bounded steps, and never above the bound. */
export function laterLamport(known: number, heard: number): number {
  return Math.max(known, Math.min(heard, known + JUMP_AT_MOST, COUNTER_AT_MOST));
}
