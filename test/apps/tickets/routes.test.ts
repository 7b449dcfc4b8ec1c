import { describe, expect, test } from 'vitest';
import { serviceNamed } from '../../../src/apps/index.ts';
import { ticketRoutes } from '../../../src/apps/tickets/routes.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { TICKETS_LISTED_AT_MOST } from '../../../src/apps/tickets/shared-routes.ts';
import { BLIND } from '../../../src/frontend/view.ts';
import { accepted, type Decided, refused } from '../../../src/protocol/model/app.ts';
import type { RoutePlan } from '../../../src/service/service.ts';

const VIEW = { ...BLIND, knowsPort: (port: number) => port === 4562 };

/** What a route does, given what its calls have come to. `rejected: reason` when it does not even begin. */
function plan(
  method: string,
  path: string,
  parameters: Readonly<Record<string, string>>,
  body: unknown,
  outcomes: readonly Decided[] = [],
): RoutePlan | string {
  const route = ticketRoutes.find((candidate) => candidate.method === method && candidate.path === path);
  if (route === undefined) throw new Error(`no route ${method} ${path}`);
  const asked = route.decode(parameters, body);
  return asked.type === 'rejected' ? `rejected: ${asked.reason}` : route.plan(asked.value, outcomes, VIEW);
}

function askEvent(...outcomes: readonly Decided[]): RoutePlan | string {
  return plan('GET', '/events/:eventid', { eventid: '0' }, undefined, outcomes);
}

function askUser(...outcomes: readonly Decided[]): RoutePlan | string {
  return plan('GET', '/users/:userid', { userid: '1' }, undefined, outcomes);
}

const ok = (body: unknown) => ({ type: 'answer', status: 200, body });
const no = (error: string) => ({ type: 'answer', status: 400, body: { error } });

const gala = { eventid: 0, eventname: 'gala', userid: 3, avail: 6, purchased: 4 };
const ball = { eventid: 2, eventname: 'ball', userid: 3, avail: 0, purchased: 1 };

test('the service is found by its name, and no other is', () => {
  expect(serviceNamed('tickets')).toBe(tickets);
  expect(serviceNamed('toString')).toBeUndefined();
});

test('every path describes what it asks for by schemas', () => {
  expect(ticketRoutes.map(({ method, path, schemas }) => [`${method} ${path}`, schemas !== undefined])).toEqual(
    [
      'GET /events',
      'POST /events/create',
      'GET /events/:eventid',
      'POST /events/:eventid/purchase/:userid',
      'POST /users/create',
      'GET /users/:userid',
      'POST /users/:userid/tickets/transfer',
      'GET /greet',
      'POST /election',
    ].map((path) => [path, true]),
  );
});

describe('GET /events', () => {
  test('answers the list as it is', () => {
    expect(plan('GET', '/events', {}, undefined)).toEqual({
      type: 'read',
      group: 'events',
      query: { type: 'list' },
      list: true,
    });
    expect(plan('GET', '/events', {}, undefined, [accepted([gala])])).toEqual(ok([gala]));
  });

  test('answers 400 when there are none', () => {
    expect(plan('GET', '/events', {}, undefined, [refused('no events found')])).toEqual(no('no events found'));
  });
});

describe('GET /events/:eventid', () => {
  test.each(['abc', '-1', '1.5', '1e3', '00', '+1', ' 1', '9007199254740992', '99999999999999999999'])(
    'refuses the id %j',
    (eventid) => {
      expect(plan('GET', '/events/:eventid', { eventid }, undefined)).toMatch(/^rejected: eventid: /);
    },
  );

  test('answers the event, or 400', () => {
    expect(askEvent()).toEqual({ type: 'read', group: 'events', query: { type: 'get', eventid: 0 } });
    expect(askEvent(accepted(gala))).toEqual(ok(gala));
    expect(askEvent(refused('no event 0'))).toEqual(no('no event 0'));
  });
});

describe('POST /events/:eventid/purchase/:userid', () => {
  const path = '/events/:eventid/purchase/:userid';
  const ids = { eventid: '0', userid: '1' };

  test('looks for the user first, takes no ticket without one, then writes and answers an empty 200', () => {
    expect(plan('POST', path, ids, { tickets: 2 })).toEqual({
      type: 'read',
      group: 'users',
      query: { type: 'exists', userid: 1 },
      fresh: true,
    });
    expect(plan('POST', path, ids, { tickets: 2 }, [refused('no user 1')])).toEqual(no('no user 1'));
    expect(plan('POST', path, ids, { tickets: 2 }, [accepted()])).toEqual({
      type: 'write',
      group: 'events',
      command: { type: 'purchase', eventid: 0, userid: 1, tickets: 2 },
    });
    expect(plan('POST', path, ids, { tickets: 2 }, [accepted(), accepted()])).toEqual(ok(undefined));
    const few = refused('event 0 has 1 tickets left');
    expect(plan('POST', path, ids, { tickets: 2 }, [accepted(), few])).toEqual(no('event 0 has 1 tickets left'));
  });

  test.each([0, -1, 1.5, '1', null, undefined, 2 ** 53, [1], Number.NaN])('refuses %j tickets', (wanted) => {
    expect(plan('POST', path, ids, { tickets: wanted })).toMatch(/^rejected: tickets: /);
  });
});

describe('POST /events/create', () => {
  const body = { userid: 4, eventname: 'gala', numtickets: 10 };

  test('asks for the user, then writes, then answers the new id', () => {
    const found = accepted({ userid: 4, username: 'ann', tickets: [] });
    expect(plan('POST', '/events/create', {}, body)).toEqual({
      type: 'read',
      group: 'users',
      query: { type: 'exists', userid: 4 },
      fresh: true,
    });
    expect(plan('POST', '/events/create', {}, body, [found])).toEqual({
      type: 'write',
      group: 'events',
      command: { type: 'create', ...body },
    });
    expect(plan('POST', '/events/create', {}, body, [found, accepted({ eventid: 0 })])).toEqual(ok({ eventid: 0 }));
  });

  test('writes nothing for an unknown user', () => {
    expect(plan('POST', '/events/create', {}, body, [refused('no user 4')])).toEqual(no('no user 4'));
  });

  test.each([
    { ...body, userid: -1 },
    { ...body, userid: '4' },
    { ...body, eventname: '' },
    { ...body, eventname: 7 },
    { ...body, numtickets: -1 },
    { ...body, numtickets: 0.5 },
    { userid: 4, eventname: 'gala' },
    [body],
    'gala',
    undefined,
  ])('refuses %j', (wrong) => {
    expect(plan('POST', '/events/create', {}, wrong)).toMatch(/^rejected: /);
  });
});

describe('users', () => {
  test('POST /users/create answers the new id', () => {
    expect(plan('POST', '/users/create', {}, { username: 'ann' })).toEqual({
      type: 'write',
      group: 'users',
      command: { type: 'create', username: 'ann' },
    });
    expect(plan('POST', '/users/create', {}, { username: 'ann' }, [accepted({ userid: 0 })])).toEqual(
      ok({ userid: 0 }),
    );
    expect(plan('POST', '/users/create', {}, { username: '' })).toMatch(/^rejected: username: /);
  });

  test('POST /users/:userid/tickets/transfer writes to users and answers an empty 200, or 400 with the reason', () => {
    const path = '/users/:userid/tickets/transfer';
    const body = { eventid: 0, tickets: 2, targetuser: 1 };
    expect(plan('POST', path, { userid: '5' }, body)).toEqual({
      type: 'write',
      group: 'users',
      command: { type: 'transfer', userid: 5, ...body },
    });
    expect(plan('POST', path, { userid: '5' }, body, [accepted()])).toEqual(ok(undefined));
    expect(plan('POST', path, { userid: '5' }, body, [refused('no')])).toEqual(no('no'));
    expect(plan('POST', path, { userid: '5' }, { ...body, tickets: 0 })).toMatch(/^rejected: tickets: /);
  });
});

describe('GET /users/:userid', () => {
  const holder = accepted({
    userid: 1,
    username: 'bob',
    tickets: [
      { eventid: 0, tickets: 2 },
      { eventid: 2, tickets: 1 },
    ],
  });
  const some = { type: 'read', group: 'events', query: { type: 'some', eventids: [0, 2] } };

  test('answers one row per ticket, joined with its event, by event id', () => {
    expect(askUser()).toEqual({ type: 'read', group: 'users', query: { type: 'get', userid: 1 } });
    expect(askUser(holder)).toEqual(some);
    expect(askUser(holder, accepted([gala, ball]))).toEqual(
      ok({ userid: 1, username: 'bob', tickets: [gala, gala, ball] }),
    );
  });

  test('asks again, for the newest, when events are behind users', () => {
    expect(askUser(holder, accepted([gala]))).toEqual({ ...some, fresh: true });
    expect(askUser(holder, accepted([gala]), accepted([gala, ball]))).toMatchObject({ status: 200 });
  });

  test('asks nobody about the tickets of somebody who has none', () => {
    expect(askUser(accepted({ userid: 1, username: 'bob', tickets: [] }))).toEqual(
      ok({ userid: 1, username: 'bob', tickets: [] }),
    );
  });

  test('answers 400 for an unknown user', () => {
    expect(askUser(refused('no user 1'))).toEqual(no('no user 1'));
  });

  test('refuses to list more rows than one answer holds', () => {
    const many = TICKETS_LISTED_AT_MOST + 1;
    expect(askUser(accepted({ userid: 1, username: 'bob', tickets: [{ eventid: 0, tickets: many }] }))).toEqual(
      no(`user 1 holds ${many} tickets, more than the ${TICKETS_LISTED_AT_MOST} one answer lists`),
    );
  });
});
