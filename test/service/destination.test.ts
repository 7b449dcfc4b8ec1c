import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { destinationsIn, match, routerOf } from '../../src/service/router.ts';

const routes = tickets.routes.map((route) => ({ ...route, signed: true }));

describe('The destination of a request', () => {
  const destinationOf = destinationsIn(routes);

  it('is a path as the service writes it, or none', () => {
    expect(destinationOf('POST', '/events/7/purchase/9?x=1')?.path).toBe('/events/:eventid/purchase/:userid');
    expect(destinationOf('POST', '/events/create')?.path).toBe('/events/create');
    expect(destinationOf('GET', '/nope')).toBeUndefined();
    expect(destinationOf('PUT', '/events')).toBeUndefined();
  });

  it('is the route by which the router answers, whatever the path', () => {
    const router = routerOf(routes);
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
      .tuple(fc.array(part, { maxLength: 5 }), fc.constantFrom('', '?', '?a/b', '?a=%', '#c'))
      .map(([parts, rest]) => `/${parts.join('/')}${rest}`);
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST', 'DELETE'), path, (method, asked) => {
        const matched = match(router, method, asked);
        const destination = destinationOf(method, asked);
        // What its query string says is the front end's to judge: the path leads somewhere all the same.
        if (matched.type === 'malformed' && matched.where === 'query') expect(destination?.signed).toBe(false);
        else if (matched.type === 'route')
          expect(destination).toMatchObject({ path: matched.route.path, signed: true });
        else expect(destination).toBeUndefined();
      }),
    );
  });
});
