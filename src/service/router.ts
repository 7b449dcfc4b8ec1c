import { queryParameters, takenApart } from './query.ts';
import type { Route } from './service.ts';

/** The match of a method and a path. */
export type Match =
  | { readonly type: 'route'; readonly route: Route; readonly parameters: Readonly<Record<string, string>> }
  | { readonly type: 'unknown-path' }
  /** The path exists, under these methods. */
  | { readonly type: 'wrong-method'; readonly allowed: readonly string[] }
  /** Bad percent-encoding. */
  | { readonly type: 'malformed'; readonly where: 'path' | 'query' };

/** The routes of a service with their paths split into segments. */
export type Router = readonly { readonly route: Route; readonly segments: readonly string[] }[];

/** Fixed segments win over parameters: `/seats/create` is not the seat called `create`. */
export function routerOf(routes: readonly Route[]): Router {
  return routes
    .map((route) => ({ route, segments: route.path.split('/') }))
    .sort((a, b) => shapeOf(a.segments) - shapeOf(b.segments));
}

/** Matches `target`: a path and an optional query string, whose parameters join those of the path. */
export function match(router: Router, method: string, target: string): Match {
  const [path, query] = takenApart(target);
  const segments = segmentsOf(path);
  if (segments === undefined) return { type: 'malformed', where: 'path' };
  const found = find(router, method, segments);
  if (found !== undefined) {
    const asked = query === undefined ? [] : queryParameters(query);
    if (asked === undefined) return { type: 'malformed', where: 'query' };
    // Of equal names the last one counts: path parameters win, and the first of a query string.
    const parameters = Object.fromEntries([...asked.toReversed(), ...pathParameters(found.segments, segments)]);
    return { type: 'route', route: found.route, parameters };
  }
  const fitting = router.filter((candidate) => fits(candidate.segments, segments));
  if (fitting.length === 0) return { type: 'unknown-path' };
  return { type: 'wrong-method', allowed: [...new Set(fitting.map(({ route }) => route.method))].sort() };
}

/** The value of `Allow`: a path that takes a GET takes a HEAD. */
export function allowOf(methods: readonly string[]): string {
  return methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ');
}

/** The route of a request, as far as a server needs it before the front end decodes the request. */
export interface Destination {
  /** As the service declares it: `/events/:eventid/purchase/:userid`. */
  readonly path: string;
  /** Whether it is for operators only. A malformed query string is reported to any client. */
  readonly signed: boolean;
  /** Whether it is a GET that changes something. */
  readonly changes: boolean;
}

/** Finds the destination of a request; undefined where `match` finds no route, whatever the query string. */
export function destinationsIn(routes: readonly Route[]): (method: string, target: string) => Destination | undefined {
  const router = routerOf(routes);
  return (method, target) => {
    const [path, query] = takenApart(target);
    const segments = segmentsOf(path);
    const found = segments && find(router, method, segments);
    if (found === undefined) return undefined;
    const isSigned = found.route.signed === true;
    return {
      path: found.route.path,
      signed: isSigned && (query === undefined || queryParameters(query) !== undefined),
      changes: found.route.changes === true,
    };
  };
}

function find(router: Router, method: string, segments: readonly string[]): Router[number] | undefined {
  return router.find((candidate) => candidate.route.method === method && fits(candidate.segments, segments));
}

function segmentsOf(path: string): readonly string[] | undefined {
  try {
    const segments = path.split('/');
    return path.includes('%') ? segments.map((segment) => decodeURIComponent(segment)) : segments;
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

function pathParameters(pattern: readonly string[], segments: readonly string[]): [string, string][] {
  return pattern.flatMap((part, place) => (part.startsWith(':') ? [[part.slice(1), segments[place] ?? '']] : []));
}

/** The number of parameters: of matching paths, those with fewer come first. */
function shapeOf(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith(':')).length;
}
