// examples/locks/broken.ts
import { accepted } from 'understudy';
import { lockClients, locks } from './locks.ts';

/** A former owner can free the lock, even if another has it now. */
export const brokenLocks: typeof locks = {
  ...locks,
  apply(lock, asked, context) {
    if (asked.type !== 'release' || lock.owner === null) return locks.apply(lock, asked, context);
    return { state: { ...lock, owner: null, freed: asked.token }, outcome: accepted() };
  },
};

export const brokenService = lockClients(brokenLocks);
