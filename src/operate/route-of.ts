import { match, routerOf } from '../service/router.ts';
import type { Route } from '../service/service.ts';

/** The route name of a path that matches none: clients could choose any number of such paths. */
const UNKNOWN = 'unknown';

/** A route's path, split at its parameters. */
interface Pattern {
  readonly path: string;
  readonly parts: readonly string[];
}

/**
 * Names the route of a path as the service writes it: `/seats/:seatid/hold/:userid`. An operator path has its own name,
 * any other path is `unknown`. It runs with every answer, so it neither decodes the path nor splits it, and still
 * agrees with the router.
 */
export function createRouteNames(
  routes: readonly Route[],
  operatorPaths: readonly string[],
): (method: string, path: string) => string {
  const router = routerOf(routes);
  const operators = new Set(operatorPaths);
  const patterns = new Map<string, Pattern[]>();
  // In the router's order: of several that fit, the one with the fewest parameters comes first.
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

/** Whether `path` consists of these parts, with one segment (no slash, not empty) for each parameter between them. */
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
