import type { Route } from './service.ts';

/** What a method and a path lead to. */
export type Match =
  | { readonly type: 'route'; readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
  | { readonly type: 'unknown-path' }
  /** The path exists, under these methods. */
  | { readonly type: 'wrong-method'; readonly allowed: readonly string[] }
  /** Not a path: bad percent-encoding. */
  | { readonly type: 'malformed' };

/** The routes of a service, their paths taken apart once. */
export type Router = readonly { readonly route: Route; readonly segments: readonly string[] }[];

/** Fixed segments win over parameters: `/events/create` is not the event called `create`. */
export function routerOf(routes: readonly Route[]): Router {
  return routes
    .map((route) => ({ route, segments: route.path.split('/') }))
    .sort((a, b) => shapeOf(a.segments) - shapeOf(b.segments));
}

/** Finds the route for `path`, which may carry a query string; that is not looked at. */
export function match(router: Router, method: string, path: string): Match {
  const segments = segmentsOf(path);
  if (segments === undefined) return { type: 'malformed' };
  const fitting = router.filter((candidate) => fits(candidate.segments, segments));
  const found = fitting.find(({ route }) => route.method === method);
  if (found !== undefined) {
    return { type: 'route', route: found.route, parameters: parametersOf(found.segments, segments) };
  }
  if (fitting.length === 0) return { type: 'unknown-path' };
  return { type: 'wrong-method', allowed: [...new Set(fitting.map(({ route }) => route.method))].sort() };
}

/** Says which requests lead to a route for operators only; undefined where `routes` has none. */
export function signedIn(routes: readonly Route[]): ((method: string, path: string) => boolean) | undefined {
  if (!routes.some(({ signed }) => signed === true)) return undefined;
  const router = routerOf(routes);
  return (method, path) => {
    const matched = match(router, method, path);
    return matched.type === 'route' && matched.route.signed === true;
  };
}

function segmentsOf(path: string): readonly string[] | undefined {
  const [bare = ''] = path.split(/[?#]/, 1);
  try {
    const segments = bare.split('/');
    return bare.includes('%') ? segments.map((segment) => decodeURIComponent(segment)) : segments;
  } catch {
    return undefined;
  }
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, place) => (part.startsWith(':') ? segments[place] !== '' : segments[place] === part))
  );
}

function parametersOf(pattern: readonly string[], segments: readonly string[]): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  pattern.forEach((part, place) => {
    if (part.startsWith(':')) parameters[part.slice(1)] = segments[place] ?? '';
  });
  return parameters;
}

/** The number of parameters: among paths that fit, fewer come first. */
function shapeOf(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith(':')).length;
}
