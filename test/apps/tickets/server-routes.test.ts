import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { events } from '../../../src/apps/tickets/events.ts';
import { serverRoutesOf } from '../../../src/apps/tickets/server-routes.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { TICKETS_LISTED_AT_MOST } from '../../../src/apps/tickets/shared-routes.ts';
import { users } from '../../../src/apps/tickets/users.ts';
import { BLIND } from '../../../src/frontend/view.ts';
import { accepted, type Decided, refused } from '../../../src/protocol/model/app.ts';
import { destinationsIn, match, routerOf } from '../../../src/service/router.ts';
import type { RoutePlan } from '../../../src/service/service.ts';
import { hostileJson } from '../../../src/testing/hostile-json.ts';

const both = serverRoutesOf(['events', 'users']);
const router = routerOf(both);

/** What a data server of both groups does about a request whose calls have come to `outcomes`. */
function ask(method: string, path: string, body?: unknown, outcomes: readonly Decided[] = []): RoutePlan | string {
  return askOf(router, method, path, body, outcomes);
}

function askOf(
  routes: ReturnType<typeof routerOf>,
  method: string,
  path: string,
  body?: unknown,
  outcomes: readonly Decided[] = [],
): RoutePlan | string {
  const matched = match(routes, method, path);
  if (matched.type !== 'route') return matched.type;
  const asked = matched.route.decode(matched.parameters, body);
  return asked.type === 'rejected' ? `rejected: ${asked.reason}` : matched.route.plan(asked.value, outcomes, BLIND);
}

const ok = (body: unknown) => ({ type: 'answer', status: 200, body });
const no = (error: unknown) => ({ type: 'answer', status: 400, body: { error } });
const read = (group: string, query: object, fresh?: true) =>
  fresh === undefined ? { type: 'read', group, query } : { type: 'read', group, query, fresh };
const write = (group: string, command: object) => ({ type: 'write', group, command });

const gala = { eventid: 0, eventname: 'gala', userid: 3, avail: 6, purchased: 4 };

/** `POST /create` for each route of a data server of `groups`. */
function pathsOf(groups: readonly string[]): readonly string[] {
  return serverRoutesOf(groups).map(({ method, path }) => `${method} ${path}`);
}

test('a data server of both groups has each behind its own name, and one of a single group has them bare', () => {
  const eventService = ['POST /create', 'GET /list', 'GET /:eventid', 'POST /purchase/:eventid'];
  const userService = [
    'POST /create',
    'GET /granted',
    'GET /:userid',
    'POST /:userid/tickets/add',
    'POST /:userid/tickets/transfer',
  ];
  expect(pathsOf(['events'])).toEqual([...eventService, 'GET /greet']);
  expect(pathsOf(['users'])).toEqual([...userService, 'GET /greet']);
  expect(pathsOf(['events', 'users'])).toEqual([
    ...eventService.map((path) => path.replace(' ', ' /events')),
    ...userService.map((path) => path.replace(' ', ' /users')),
    'GET /list',
    'POST /purchase/:eventid',
    'GET /granted',
    'POST /:userid/tickets/add',
    'POST /:userid/tickets/transfer',
    'GET /greet',
  ]);
  expect(tickets.serverRoutes?.map(({ method, path }) => `${method} ${path}`)).toEqual(pathsOf(['events', 'users']));
});

test('a bare path does what the one behind the name does, but for what takes the other group', () => {
  const alone = routerOf(serverRoutesOf(['users']));
  expect(askOf(alone, 'POST', '/create', { username: 'ann' })).toEqual(
    write('users', { type: 'create', username: 'ann' }),
  );
  // Nobody here knows which events there are.
  expect(askOf(alone, 'POST', '/1/tickets/add', { eventid: 7, tickets: 2 })).toEqual(
    write('users', { type: 'grant', userid: 1, eventid: 7, tickets: 2 }),
  );
  expect(askOf(alone, 'GET', '/1')).toEqual(read('users', { type: 'get', userid: 1 }));
  const sellers = routerOf(serverRoutesOf(['events']));
  const creation = { userid: 3, eventname: 'gala', numtickets: 10 };
  expect(askOf(sellers, 'POST', '/create', creation)).toEqual(write('events', { type: 'create', ...creation }));
  expect(askOf(sellers, 'POST', '/create', creation, [accepted({ eventid: 0 })])).toEqual(ok({ eventid: 0 }));
  expect(askOf(sellers, 'GET', '/list')).toEqual({ ...read('events', { type: 'list' }), list: true });
  expect(askOf(sellers, 'GET', '/greet')).toEqual(ok(undefined));
});

describe('the event service', () => {
  test('GET /events/list answers the list, and an empty one where there are none', () => {
    expect(ask('GET', '/events/list')).toEqual({ ...read('events', { type: 'list' }), list: true });
    expect(ask('GET', '/events/list', undefined, [accepted([gala])])).toEqual(ok([gala]));
    expect(ask('GET', '/events/list', undefined, [refused('no events found')])).toEqual(ok([]));
  });

  test('GET /events/:eventid answers the event, or 400', () => {
    expect(ask('GET', '/events/0')).toEqual(read('events', { type: 'get', eventid: 0 }));
    expect(ask('GET', '/events/0', undefined, [accepted(gala)])).toEqual(ok(gala));
    expect(ask('GET', '/events/0', undefined, [refused('no event 0')])).toEqual(no('no event 0'));
  });

  test('POST /events/create asks for the user first, as a front end does', () => {
    const body = { userid: 4, eventname: 'gala', numtickets: 10 };
    expect(ask('POST', '/events/create', body)).toEqual(read('users', { type: 'exists', userid: 4 }, true));
    expect(ask('POST', '/events/create', body, [accepted(null)])).toEqual(write('events', { type: 'create', ...body }));
    expect(ask('POST', '/events/create', body, [refused('no user 4')])).toEqual(no('no user 4'));
    expect(ask('POST', '/events/create', body, [accepted(null), accepted({ eventid: 2 })])).toEqual(ok({ eventid: 2 }));
  });

  test('POST /events/purchase/:eventid buys for the user of the body, and answers an empty 200', () => {
    const body = { userid: 1, eventid: 0, tickets: 2 };
    const found = [accepted()];
    expect(ask('POST', '/events/purchase/0', body)).toEqual(read('users', { type: 'exists', userid: 1 }, true));
    expect(ask('POST', '/events/purchase/0', body, [refused('no user 1')])).toEqual(no('no user 1'));
    expect(ask('POST', '/events/purchase/0', body, found)).toEqual(write('events', { type: 'purchase', ...body }));
    expect(ask('POST', '/events/purchase/0', body, [...found, accepted()])).toEqual(ok(undefined));
    expect(ask('POST', '/events/purchase/0', body, [...found, refused('no event 0')])).toEqual(no('no event 0'));
  });

  test('a purchase whose path and body name two events is refused', () => {
    expect(ask('POST', '/events/purchase/3', { userid: 1, eventid: 4, tickets: 2 })).toEqual(
      no('eventid: the path says 3 and the body 4'),
    );
  });
});

describe('the user service', () => {
  const holder = accepted({
    userid: 1,
    username: 'bob',
    tickets: [
      { eventid: 0, tickets: 2 },
      { eventid: 7, tickets: 1 },
    ],
  });

  test('GET /users/:userid answers one row per ticket, which names its event', () => {
    expect(ask('GET', '/users/1')).toEqual(read('users', { type: 'get', userid: 1 }));
    expect(ask('GET', '/users/1', undefined, [holder])).toEqual(
      ok({ userid: 1, username: 'bob', tickets: [{ eventid: 0 }, { eventid: 0 }, { eventid: 7 }] }),
    );
    expect(ask('GET', '/users/1', undefined, [refused('no user 1')])).toEqual(no('no user 1'));
    const many = TICKETS_LISTED_AT_MOST + 1;
    const rich = accepted({ userid: 1, username: 'bob', tickets: [{ eventid: 0, tickets: many }] });
    expect(ask('GET', '/users/1', undefined, [rich])).toMatchObject({ status: 400 });
  });

  test('POST /users/:userid/tickets/transfer passes tickets on', () => {
    const body = { eventid: 0, tickets: 2, targetuser: 1 };
    expect(ask('POST', '/users/5/tickets/transfer', body)).toEqual(
      write('users', { type: 'transfer', userid: 5, ...body }),
    );
    expect(ask('POST', '/users/5/tickets/transfer', body, [accepted()])).toEqual(ok(undefined));
  });

  test('POST /users/:userid/tickets/add grants tickets of an event there is, and counts them apart', () => {
    const body = { eventid: 0, tickets: 2 };
    expect(ask('POST', '/users/5/tickets/add', body)).toEqual(read('events', { type: 'get', eventid: 0 }, true));
    expect(ask('POST', '/users/5/tickets/add', body, [refused('no event 0')])).toEqual(no('no event 0'));
    expect(ask('POST', '/users/5/tickets/add', body, [accepted(gala)])).toEqual(
      write('users', { type: 'grant', userid: 5, ...body, capacity: 10 }),
    );
    expect(ask('POST', '/users/5/tickets/add', body, [accepted(gala), accepted()])).toEqual(ok(undefined));
    expect(ask('GET', '/users/granted')).toEqual({ ...read('users', { type: 'granted' }), list: true });
    expect(ask('GET', '/users/granted', undefined, [accepted([body])])).toEqual(ok([body]));
  });

  test('of all paths that one alone is for operators, however it is spelled', () => {
    expect(both.filter(({ signed }) => signed === true).map(({ path }) => path)).toEqual([
      '/users/:userid/tickets/add',
      '/:userid/tickets/add',
    ]);
    const destinationOf = destinationsIn(both);
    const isSigned = (method: string, path: string) => destinationOf(method, path)?.signed === true;
    expect(isSigned('POST', '/users/5/tickets/add')).toBe(true);
    expect(isSigned('POST', '/users/5/%74ickets/add?x=1')).toBe(true);
    expect(isSigned('POST', '/5/tickets/add')).toBe(true);
    expect(isSigned('GET', '/users/5/tickets/add')).toBe(false);
    expect(isSigned('POST', '/users/5/tickets/transfer')).toBe(false);
    expect(tickets.routes.some(({ signed }) => signed === true)).toBe(false);
  });
});

test('whatever is posted, it is refused with a reason or becomes a command or query its group can read', () => {
  const paths = [
    '/events/create',
    '/events/purchase/0',
    '/users/create',
    '/users/0/tickets/add',
    '/users/0/tickets/transfer',
    '/purchase/0',
    '/0/tickets/transfer',
  ];
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1.5, 2 ** 53, '1', null));
  const shaped = fc.record(
    {
      userid: number,
      eventname: fc.string(),
      numtickets: number,
      username: fc.string(),
      eventid: number,
      tickets: number,
      targetuser: number,
    },
    { requiredKeys: [] },
  );
  let sent = 0;
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.oneof(hostileJson, shaped), (path, body) => {
      const plan = ask('POST', path, body);
      if (typeof plan === 'string') {
        expect(plan).toMatch(/^rejected: ./);
      } else if (plan.type === 'answer') {
        expect(plan).toEqual(no(expect.stringMatching(/^eventid: /)));
      } else {
        if (plan.type === 'forget') throw new Error('nothing of tickets is cached');
        sent += 1;
        const app = plan.group === 'events' ? events : users;
        const decoded = plan.type === 'write' ? app.decode(plan.command) : app.decodeQuery(plan.query);
        expect(decoded.type).toBe('decoded');
      }
    }),
    { numRuns: 2_000 },
  );
  expect(sent).toBeGreaterThan(0);
});

describe.each([
  ['/events/purchase/0', { userid: 1, eventid: 0 }],
  ['/users/1/tickets/add', { eventid: 0 }],
  ['/users/1/tickets/transfer', { eventid: 0, targetuser: 2 }],
])('%s takes no tickets that cannot be counted', (path, body) => {
  test.each([[0], [-1], [1.5], ['1'], [null], [undefined], [2 ** 53], [[1]], [Number.NaN]])('%j', (wanted) => {
    expect(ask('POST', path, { ...body, tickets: wanted })).toMatch(/^rejected: tickets: /);
  });
});

test.each(['abc', '-1', '1.5', '1e3', '00', '+1', '9007199254740992'])('no path takes the id %j', (bad) => {
  expect(ask('GET', `/events/${bad}`)).toMatch(/^rejected: eventid: /);
  expect(ask('GET', `/users/${bad}`)).toMatch(/^rejected: userid: /);
  expect(ask('POST', `/events/purchase/${bad}`, { userid: 0, eventid: 0, tickets: 1 })).toMatch(/^rejected: eventid: /);
  expect(ask('POST', `/users/${bad}/tickets/add`, { eventid: 0, tickets: 1 })).toMatch(/^rejected: userid: /);
});
