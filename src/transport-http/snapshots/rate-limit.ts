/** Lets so much through in a second, and no more than a moment's worth at once. */
export interface RateLimit {
  /** Milliseconds until something may pass; 0: now. */
  wait(): number;
  /** So much has passed. */
  spend(amount: number): void;
}

/** What nobody used is not saved up for longer than this. In milliseconds. */
const BURST = 20;

/** `now` is in milliseconds and never goes back. */
export function createRateLimit(perSecond: number, now: () => number = () => performance.now()): RateLimit {
  /** When all that has passed would have, at an even pace. */
  let evenAt = now();
  return {
    wait: () => Math.max(0, Math.ceil(evenAt - now())),
    spend(amount) {
      evenAt = Math.max(evenAt, now() - BURST) + (amount * 1_000) / perSecond;
    },
  };
}
