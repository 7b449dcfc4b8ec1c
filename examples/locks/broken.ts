// examples/locks/broken.ts
import { accepted } from 'understudy';
import { lockClients, locks } from './locks.ts';

/** Whoever once had the lock can free it, even if it is somebody else's by now. */
export const brokenLocks: typeof locks = {
  ...locks,
  apply(lock, asked, context) {
    if (asked.type !== 'release' || lock.owner === null) return locks.apply(lock, asked, context);
    return { state: { ...lock, owner: null, freed: asked.token }, outcome: accepted() };
  },
};

export const brokenService = lockClients(brokenLocks);
