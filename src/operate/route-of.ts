import { match, routerOf } from '../service/router.ts';
import type { Route } from '../service/service.ts';

/** What a request is counted under where its path is none of ours: whoever asks could choose any number of others. */
const UNKNOWN = 'unknown';

/** A route, ready to be compared: what stands before, between and behind its parameters. */
interface Pattern {
  readonly path: string;
  readonly parts: readonly string[];
}

/**
 * Names the route that a path leads to, as it is written in the service: `/seats/:seatid/hold/:userid`. Operator
 * paths bear their own names; everything else is `unknown`. It is asked with every answer, so it neither decodes the path nor
 * takes it apart; it agrees with the router all the same.
 */
export function createRouteNames(
  routes: readonly Route[],
  operatorPaths: readonly string[],
): (method: string, path: string) => string {
  const router = routerOf(routes);
  const operators = new Set(operatorPaths);
  const patterns = new Map<string, Pattern[]>();
  // In the order of the router: among those that fit, the one with the fewest parameters comes first.
  for (const { route } of router) {
    const pattern = { path: route.path, parts: route.path.split(/:[^/]+/) };
    patterns.set(route.method, [...(patterns.get(route.method) ?? []), pattern]);
  }

  return (method, path) => {
    const bare = upTo(upTo(path, '?'), '#');
    if (operators.has(bare)) return bare;
    if (bare.includes('%')) return decoded(method, bare);
    for (const pattern of patterns.get(method) ?? []) if (fits(pattern.parts, bare)) return pattern.path;
    return UNKNOWN;
  };

  function decoded(method: string, path: string): string {
    const matched = match(router, method, path);
    return matched.type === 'route' ? matched.route.path : UNKNOWN;
  }
}

function upTo(text: string, mark: string): string {
  const at = text.indexOf(mark);
  return at < 0 ? text : text.slice(0, at);
}

/** Whether `path` is made of these parts, with something other than a slash in place of each parameter between them. */
function fits(parts: readonly string[], path: string): boolean {
  const [first = ''] = parts;
  if (!path.startsWith(first)) return false;
  let at = first.length;
  for (let place = 1; place < parts.length; place += 1) {
    const slash = path.indexOf('/', at);
    const end = slash < 0 ? path.length : slash;
    const part = parts[place] ?? '';
    if (end === at || !path.startsWith(part, end)) return false;
    at = end + part.length;
  }
  return at === path.length;
}
