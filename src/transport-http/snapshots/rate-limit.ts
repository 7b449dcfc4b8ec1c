/** A rate limit with a burst of `BURST` milliseconds. */
export interface RateLimit {
  /** Milliseconds until more may pass; 0: now. */
  wait(): number;
  /** Counts what has passed. */
  spend(amount: number): void;
}

/** Unused capacity is kept for at most so long, in milliseconds. */
const BURST = 20;

/** `now` is in milliseconds and never goes back. */
export function createRateLimit(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  /** The instant by which all that has passed would have, at a constant rate. */
  let evenAt = now();
  return {
    wait: () => Math.max(0, Math.ceil(evenAt - now())),
    spend(amount) {
      evenAt = Math.max(evenAt, now() - BURST) + (amount * 1_000) / perSecond;
    },
  };
}
