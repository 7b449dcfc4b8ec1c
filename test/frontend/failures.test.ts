import { describe, expect, test } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import type { FrontEndEffect } from '../../src/frontend/front-end-io.ts';
import { accepted, failed } from '../../src/protocol/model/app.ts';
import type { Reply } from '../../src/protocol/model/messages.ts';
import type { Route, RoutePlan, Service } from '../../src/service/service.ts';
import { callId, done, get, ledStage, post, replies, type Stage } from '../support/frontend/one-front-end.ts';

/** The ticket service with a route that plans `plans` in their order, and what a plan may do that is wrong. */
function withRoute(parts: Partial<Route>): Service {
  const route: Route = {
    method: 'POST',
    path: '/mine',
    decode: (_, body) => ({ type: 'decoded', value: body }),
    plan: () => ({ type: 'answer', status: 200, body: 'fine' }),
    ...parts,
  };
  return { ...tickets, routes: [...tickets.routes, route] };
}

const WRITE: RoutePlan = { type: 'write', group: 'users', command: { type: 'create', username: 'ann' } };

function told(effects: readonly FrontEndEffect[]): unknown {
  const [effect] = effects;
  if (effect?.type !== 'respond') return undefined;
  const { status, headers } = effect.response;
  return [status, headers['understudy-error'] === undefined ? 'perhaps' : 'sure'];
}

/** It serves others as before. */
function isWell(it: Stage): boolean {
  return it.ask(post(9, '/users/create', { username: 'bob' })).some(({ type }) => type === 'send');
}

// A service's file may run unchecked: its types say nothing then.
// oxlint-disable-next-line no-unsafe-type-assertion
const wrong = (plan: unknown): RoutePlan => plan as RoutePlan;
const circle: { self?: unknown } = {};
circle.self = circle;

describe('A route that fails', () => {
  test.each<readonly [string, Partial<Route>]>([
    ['a decoder that throws', { decode: () => expect.unreachable('thrown') }],
    ['a plan that throws', { plan: () => expect.unreachable('thrown') }],
    ['no plan', { plan: () => wrong(undefined) }],
    ['a plan of no kind', { plan: () => wrong({ type: 'reed', group: 'users' }) }],
    ['a group that there is not', { plan: () => ({ type: 'read', group: 'usrs', query: null }) }],
    ['an answer without a status', { plan: () => wrong({ type: 'answer', body: 1 }) }],
    ['an answer that is no JSON', { plan: () => wrong({ type: 'answer', status: 200, body: 1n }) }],
    ['an answer that contains itself', { plan: () => wrong({ type: 'answer', status: 200, body: circle }) }],
  ])('is answered 500, and nothing else is: %s', (_, parts) => {
    const it = ledStage({ service: withRoute(parts) });
    expect(told(it.ask(post(1, '/mine', {})))).toEqual([500, 'sure']);
    expect(it.notes()).toMatchObject([{ note: { type: 'route-failed', route: 'POST /mine' } }]);
    expect(isWell(it)).toBe(true);
  });

  test('after its write does not say that nothing has changed, and names the write', () => {
    const it = ledStage({ service: withRoute({ plan: () => WRITE }) });
    it.ask(post(1, '/mine', {}));
    const answered = it.hear('s1', 'users', replies([done(callId(1), accepted(), 7)]));
    expect(told(answered)).toEqual([500, 'perhaps']);
    expect(JSON.stringify(answered)).toContain('"understudy-uuid":"');
    expect(isWell(it)).toBe(true);
  });

  test('has the plain body where its own body of refusals fails', () => {
    const service = { ...withRoute({ plan: () => expect.unreachable() }), refusal: () => expect.unreachable() };
    const [answered] = ledStage({ service }).ask(post(1, '/mine', {}));
    expect(answered).toMatchObject({ response: { status: 500 } });
    expect(JSON.stringify(answered)).toContain('the service failed');
  });
});

/** The first page of a list. */
function firstPage(id: string): Reply {
  const next = { next: 1 };
  return { ...done(id, accepted([{ eventid: 0 }]), 7), ...next };
}

describe('A command or query that failed', () => {
  test('is answered 500 with its error, and the route is not asked', () => {
    const it = ledStage();
    it.ask(post(1, '/users/create', { username: 'ann' }));
    const answered = it.hear('s1', 'users', replies([done(callId(1), failed('users-7'), 7)]));
    expect(answered).toMatchObject([
      {
        response: {
          status: 500,
          headers: { 'understudy-error': 'users-7', 'understudy-token': 'users=h:7' },
          body: '{"error":"the service failed: the logs of the servers explain error users-7"}',
        },
      },
    ]);
  });

  test('in a later page cuts the list off', () => {
    const it = ledStage();
    it.ask(get(1, '/events'));
    it.hear('s1', 'events', replies([firstPage(callId(1))]));
    it.tell({ type: 'taken', id: 1 });
    const cut = it.hear('s1', 'events', replies([done(`${callId(1)}.1`, failed('events-7-x'), 7)]));
    expect(cut).toEqual([{ type: 'abort', id: 1 }]);
  });
});
