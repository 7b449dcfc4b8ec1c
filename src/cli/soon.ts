import { UserError } from './user-error.ts';

/** How long a cluster may take for what it has to do by itself, in milliseconds. */
export const SOON_WITHIN = 30_000;

const LOOK_EVERY = 50;

/** Asks again and again until there is something. Throws a `UserError` when that takes too long. */
export async function soon<Found>(what: string, look: () => Promise<Found | undefined>): Promise<Found> {
  const until = performance.now() + SOON_WITHIN;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= until) throw new UserError(`there was no sign of ${what} within ${SOON_WITHIN / 1_000} s`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
  }
}
