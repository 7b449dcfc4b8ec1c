import { match, routerOf } from '../frontend/router.ts';
import type { Route } from '../frontend/service.ts';

/** Routes whose answer is remembered by the text of their path: those without ids, and those that are asked for most. */
const REMEMBERED_AT_MOST = 1_024;

/** What a request is counted under where its path is none of ours: whoever asks could choose any number of others. */
const UNKNOWN = 'unknown';

/**
 * Names the route that a path leads to, as it is written in the service: `/events/:eventid/purchase/:userid`. Operator
 * paths bear their own names; everything else is `unknown`.
 */
export function createRouteNames(
  routes: readonly Route[],
  operatorPaths: readonly string[],
): (method: string, path: string) => string {
  const router = routerOf(routes);
  const remembered = new Map<string, string>();

  return (method, path) => {
    const key = `${method} ${path}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const name = find(method, path);
    if (remembered.size >= REMEMBERED_AT_MOST) remembered.clear();
    remembered.set(key, name);
    return name;
  };

  function find(method: string, path: string): string {
    const bare = path.split('?', 1)[0] ?? path;
    if (operatorPaths.includes(bare)) return bare;
    const matched = match(router, method === 'HEAD' ? 'GET' : method, path);
    return matched.type === 'route' ? matched.route.path : UNKNOWN;
  }
}
