import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FrontEndEffect, HttpRequest } from '../../src/frontend/front-end-io.ts';
import { answered, get, ledStage, post, server, uuid7 } from '../support/frontend/one-front-end.ts';

function statusOf(request: HttpRequest): number | 'sent' {
  const [effect] = ledStage().ask(request);
  return effect?.type === 'respond' ? effect.response.status : 'sent';
}

describe('paths', () => {
  test.each([
    '/',
    '',
    '/nothing',
    '/events/',
    '/Events',
    '/events/1/purchase',
    '/events//purchase/1',
    '/users/',
    '//events',
    '/events/1/2',
    '/users/1/tickets',
    '/__proto__',
    '/constructor',
  ])('%j is unknown: 404', (path) => {
    expect(ledStage().ask(get(1, path))).toEqual([answered(1, 404, { error: 'no such path' })]);
  });

  test.each([
    ['POST', '/events', 'GET'],
    ['POST', '/events/7', 'GET'],
    ['GET', '/events/1/purchase/2', 'POST'],
    ['GET', '/election', 'POST'],
    ['PUT', '/events/create', 'GET, POST'],
    ['HEAD', '/greet', 'GET'],
    ['get', '/greet', 'GET'],
  ])('%s %s has the wrong method: 405, Allow: %s', (method, path, allow) => {
    expect(ledStage().ask({ ...get(1, path), method })).toEqual([
      answered(1, 405, { error: `this path takes ${allow} only` }, { allow: allow.replace('GET', 'GET, HEAD') }),
    ]);
  });

  test('a fixed segment wins over a parameter', () => {
    const created = ledStage().ask(post(1, '/users/create', { username: 'ann' }));
    expect(created).toMatchObject([{ message: { items: [{ command: { type: 'create' } }] } }]);
    expect(statusOf(get(1, '/users/create'))).toBe(400);
  });

  test('percent-encoding is undone, once, and a query string is not looked at', () => {
    expect(statusOf(get(1, '/%65vents?a=b#c'))).toBe('sent');
    expect(statusOf(get(1, '/%2565vents'))).toBe(404);
    expect(statusOf(get(1, '/events/%31'))).toBe('sent');
    expect(statusOf(get(1, '/events/%2F'))).toBe(400);
    expect(statusOf(get(1, '/events/%'))).toBe(400);
    expect(statusOf(get(1, '/events/%ff'))).toBe(400);
  });
});

describe('bodies and headers', () => {
  test.each(['', '{', 'null', '[]', '"x"', '7', '{"username":7}', '{"username":""}', '{}', '['.repeat(60_000)])(
    'the body %j is refused: 400 with a reason',
    (body) => {
      const [effect] = ledStage().ask({ ...post(1, '/users/create', {}), body });
      if (effect?.type !== 'respond') throw new Error('it is answered');
      expect(effect.response.status).toBe(400);
      expect(effect.response.body).toMatch(/^\{"error":".+"\}$/);
    },
  );

  test('a body nested 5,000 deep is refused, and ends nothing', () => {
    const body = `${'['.repeat(5_000)}-1${']'.repeat(5_000)}`;
    const refusal = answered(1, 400, { error: 'body: nested more than 100 deep' });
    expect(ledStage().ask({ ...post(1, '/users/create', {}), body })).toEqual([refusal]);
  });

  test('a body of more than 64 KiB is refused, even where none is looked at', () => {
    const body = JSON.stringify({ username: 'x'.repeat(65_536) });
    const refusal = answered(1, 400, { error: 'body: longer than 64 KiB' });
    expect(ledStage().ask({ ...post(1, '/users/create', {}), body })).toEqual([refusal]);
    expect(ledStage().ask({ ...get(1, '/greet'), body })).toEqual([refusal]);
  });

  test('fields beyond those asked for are left out', () => {
    const [effect] = ledStage().ask(post(1, '/users/create', { username: 'ann', admin: true, __proto__: null }));
    expect(effect).toMatchObject({ message: { items: [{ command: { type: 'create', username: 'ann' } }] } });
    expect(JSON.stringify(effect)).not.toContain('admin');
  });

  test('an unknown way to read is refused', () => {
    expect(ledStage().ask(get(1, '/events', { 'understudy-read': 'stale' }))).toEqual([
      answered(1, 400, { error: 'understudy-read: expected session or linearizable' }),
    ]);
  });

  test('GET /greet is answered by the front end alone, with an empty body', () => {
    expect(ledStage().ask(get(1, '/greet'))).toEqual([answered(1, 200, undefined)]);
  });

  test('POST /election is a hint: 200 for the port of a data server, 400 for another, and nobody is asked', () => {
    const it = ledStage();
    it.tell({ type: 'services', services: [server('s2', '127.0.0.1:4563')] });
    expect(it.ask(post(1, '/election', { port: 4563 }))).toEqual([answered(1, 200, undefined)]);
    expect(ledStage().ask(post(1, '/election', { port: 80 }))).toEqual([
      answered(1, 400, { error: 'no data server is known at port 80' }),
    ]);
    expect(statusOf(post(1, '/election', { port: '4563' }))).toBe(400);
    expect(statusOf(post(1, '/election', { port: 0 }))).toBe(400);
  });
});

test('whatever a client sends, it is answered with a 4xx or sent on, and the front end lives', () => {
  const path = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.oneof(
          fc.constantFrom('events', 'users', 'create', 'purchase', 'tickets', 'transfer', '0', '-1', '1e3'),
          fc.string(),
        ),
      )
      .map((segments) => `/${segments.join('/')}`),
  );
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -0, 1, 2 ** 53, 1e300), fc.string());
  const shaped = fc.record(
    {
      userid: number,
      eventname: fc.string(),
      numtickets: number,
      tickets: number,
      username: fc.string(),
      eventid: number,
      targetuser: number,
      port: number,
    },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    shaped.map((value) => JSON.stringify(value)),
  );
  const headers = fc.dictionary(
    fc.constantFrom('understudy-token', 'understudy-read', 'idempotency-key', 'content-type'),
    fc.oneof(fc.string(), fc.constant('session'), fc.constant('events=h:1'), fc.constant(uuid7(5))),
  );
  const hostile = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', ''),
    path,
    headers,
    body,
  });
  fc.assert(
    fc.property(hostile, (request) => {
      const effects = ledStage().ask({ id: 1, uuid: uuid7(1), ...request });
      expect(effects).toHaveLength(1);
      expect(effects.every(isProper)).toBe(true);
    }),
    { numRuns: 400 },
  );
});

function isProper(effect: FrontEndEffect): boolean {
  if (effect.type === 'send') return true;
  return effect.type === 'respond' && effect.response.status >= 400 && effect.response.status < 500;
}
