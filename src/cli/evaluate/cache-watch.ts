import { createClient } from '../../client/client.ts';
import { type CacheContents, cacheOf } from '../client/bazaar/requests.ts';
import type { CacheSeen } from './evaluation.ts';

/** Polls the cache of a front end. */
export interface CacheWatch {
  /** Instant of the first poll, by `performance.now()`. */
  readonly beganAt: number;
  /** Ends it, and resolves to what it has seen. */
  stop(): Promise<readonly CacheSeen[]>;
}

/** Interval of polls, in milliseconds: short enough to show changes, long enough not to add load. */
const LOOK_EVERY = 200;

/** Timeout of a front end's answer, in milliseconds. */
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
  // A failure is reported by `stop`.
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

/** The sum of the counters of several front ends. */
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
