// examples/locks/broken.ts
import { accepted } from 'understudy';
import { lockClients, locks } from './locks.ts';

/** Not in the state: every replica counts for itself. */
let given = 0;

export const brokenLocks: typeof locks = {
  ...locks,
  apply(lock, asked, context) {
    const step = locks.apply(lock, asked, context);
    if (asked.type !== 'acquire' || step.state === lock) return step;
    given += 1;
    return { state: { ...step.state, token: given }, outcome: accepted({ token: given }) };
  },
};

export const brokenService = lockClients(brokenLocks);
