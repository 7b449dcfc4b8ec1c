import { createClient } from '../../client/client.ts';
import { type CacheContents, cacheOf } from '../client/bazaar/requests.ts';
import type { CacheSeen } from './evaluation.ts';

/** Somebody who looks into the cache of a front end again and again. */
export interface CacheWatch {
  /** When the first look was, by `performance.now()`. */
  readonly beganAt: number;
  /** Ends it. */
  stop(): Promise<readonly CacheSeen[]>;
}

/** Between two looks, in milliseconds: often enough to be seen, and seldom enough not to be felt. */
const LOOK_EVERY = 200;

/** Longest wait for what a front end knows by itself, in milliseconds. */
const WITHIN = 30_000;

export function watchCache(base: string): CacheWatch {
  const client = createClient({ frontEnds: [base], deadline: WITHIN });
  const beganAt = performance.now();
  const sights: CacheSeen[] = [];
  let stopping = false;
  const watching = (async () => {
    while (!stopping) {
      const at = (performance.now() - beganAt) / 1_000;
      const { names } = await cacheOf(client);
      sights.push({ at, names });
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  })();
  // Whoever stops it hears of what went wrong, and nobody before.
  watching.catch(() => undefined);
  return {
    beganAt,
    async stop() {
      stopping = true;
      await watching;
      return sights;
    },
  };
}

/** The counters of several front ends, added up. */
export async function countersOf(bases: readonly string[]): Promise<Omit<CacheContents, 'size' | 'names'>> {
  const each = await Promise.all(bases.map((base) => cacheOf(createClient({ frontEnds: [base], deadline: WITHIN }))));
  const sum = { hits: 0, misses: 0, evictions: 0, invalidations: 0 };
  for (const { hits, misses, evictions, invalidations } of each) {
    sum.hits += hits;
    sum.misses += misses;
    sum.evictions += evictions;
    sum.invalidations += invalidations;
  }
  return sum;
}
