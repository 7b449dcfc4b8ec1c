import type { CacheView, FrontEndView } from '../service/service.ts';
import type { FrontEnd } from './state.ts';

const NO_CACHE: CacheView = { size: 0, items: [], hits: 0, misses: 0, evictions: 0, invalidations: 0 };

/** The view of a front end without known servers and without cache. */
export const BLIND: FrontEndView = {
  knowsPort: () => false,
  primaryOf: () => undefined,
  cache: () => NO_CACHE,
};

/** A route's view of `frontEnd` in this step. */
export function viewOf({ ports, groupRoutes, cache, fixed }: FrontEnd): FrontEndView {
  return {
    knowsPort: (port) => ports.includes(port),
    primaryOf: (group) => (Object.hasOwn(groupRoutes, group) ? groupRoutes[group]?.primary : undefined),
    cache() {
      const { items, hits, misses, evictions, invalidations } = cache;
      const oldestFirst = [...items.values()];
      return {
        size: fixed.settings.cacheSize,
        items: oldestFirst.toReversed(),
        hits,
        misses,
        evictions,
        invalidations,
      };
    },
  };
}
