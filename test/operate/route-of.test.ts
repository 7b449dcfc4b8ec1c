import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { match, routerOf } from '../../src/service/router.ts';
import { createRouteNames } from '../../src/operate/route-of.ts';

describe('The name of a route', () => {
  const routeOf = createRouteNames(tickets.routes, ['/metrics']);

  it('is the path of the service, of an operator, or unknown', () => {
    expect(routeOf('POST', '/events/7/purchase/9?x=1')).toBe('/events/:eventid/purchase/:userid');
    expect(routeOf('POST', '/events/create')).toBe('/events/create');
    expect(routeOf('GET', '/metrics?a')).toBe('/metrics');
    expect(routeOf('GET', '/nope')).toBe('unknown');
    expect(routeOf('PUT', '/events')).toBe('unknown');
  });

  it('is that of the route by which the router answers, whatever the path', () => {
    const router = routerOf(tickets.routes);
    const part = fc.constantFrom(
      'events',
      'users',
      'create',
      'purchase',
      'tickets',
      'transfer',
      '7',
      '',
      '%37',
      '%',
      'e%76ents',
    );
    const path = fc
      .tuple(fc.array(part, { maxLength: 5 }), fc.constantFrom('', '?', '?a/b', '#c'))
      .map(([parts, rest]) => `/${parts.join('/')}${rest}`);
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'DELETE'), path, (method, asked) => {
        const matched = match(router, method, asked);
        expect(routeOf(method, asked)).toBe(matched.type === 'route' ? matched.route.path : 'unknown');
      }),
    );
  });
});
