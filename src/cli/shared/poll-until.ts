import { UserError } from './errors.ts';

/** Time for a cluster to do its own work, in milliseconds. */
export const POLL_WITHIN = 30_000;

const LOOK_EVERY = 50;

/** Polls until there is a result. Throws a `UserError` when that takes more than `within` milliseconds. */
export async function pollUntil<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
  within = POLL_WITHIN,
): Promise<Found> {
  const until = performance.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= until) throw new UserError(`there was no sign of ${what} within ${within / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
