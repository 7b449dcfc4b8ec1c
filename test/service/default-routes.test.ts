import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { BLIND } from '../../src/frontend/view.ts';
import { openApiOf } from '../../src/operate/openapi.ts';
import { accepted, refused } from '../../src/protocol/model/app.ts';
import { defaultRoutes } from '../../src/service/default-routes.ts';
import { defineApp } from '../../src/service/define-app.ts';
import { defineRoute, defineService, noBody, nothing } from '../../src/service/define-service.ts';
import { match, routerOf } from '../../src/service/router.ts';
import { command, query } from '../../src/sim/workloads/calls.ts';

const till = defineApp({
  name: 'till',
  initial: 0,
  commands: z.discriminatedUnion('type', [
    z.object({ type: z.literal('put'), coins: z.int().min(1) }).describe('Put coins in'),
    z.object({ type: z.enum(['empty', 'lock']) }),
    z.object({ type: z.literal('take'), coins: z.int() }),
  ]),
  internal: ['take'],
  queries: z.discriminatedUnion('type', [
    z.object({ type: z.literal('coins') }),
    z.object({
      type: z.literal('has'),
      coins: z.int(),
      of: z.string().exactOptional(),
      all: z.boolean().exactOptional(),
      kinds: z.array(z.string()).exactOptional(),
    }),
  ]),
  apply: (state) => ({ state, outcome: accepted() }),
  read: (coins) => accepted(coins),
});

const service = defineService({ name: 'shop', apps: [till] });

/** What a request asks for, or why it asks for nothing. */
function ask(method: string, target: string, body?: unknown, routes = service.routes) {
  const matched = match(routerOf(routes), method, target);
  if (matched.type !== 'route') return matched.type;
  const asked = matched.route.decode(matched.parameters, body);
  return asked.type === 'rejected' ? asked.reason : matched.route.plan(asked.value, [], BLIND);
}

const write = (type: string, fields: object) => ({ type: 'write', group: 'till', command: { type, ...fields } });

const read = (fields: object) => ({ type: 'read', group: 'till', query: { type: 'has', ...fields }, list: true });

describe('A service without routes', () => {
  test('has one for each command that is not for other groups alone, and one for each query.', () => {
    expect(service.routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /till/put',
      'POST /till/empty',
      'POST /till/lock',
      'GET /till/coins',
      'GET /till/has',
    ]);
    expect(service.invariants).toEqual([]);
  });

  test('takes the fields of a command from the body.', () => {
    expect(ask('POST', '/till/put', { coins: 3 })).toEqual(write('put', { coins: 3 }));
    expect(ask('POST', '/till/put', { type: 'put', coins: 3 })).toEqual(write('put', { coins: 3 }));
    expect(ask('POST', '/till/lock')).toEqual(write('lock', {}));
    expect(ask('POST', '/till/put', { type: 'take', coins: 3 })).toBe('type: the path says put');
    expect(ask('POST', '/till/put', { coins: 0 })).toMatch(/^coins: too small/);
    expect(ask('POST', '/till/put')).toMatch(/^coins: expected number, and there is none/);
    expect(ask('POST', '/till/put', [3])).toBe('body: expected object');
    expect(ask('POST', '/till/take', { coins: 3 })).toBe('unknown-path');
  });

  test('takes the fields of a query from the query string: texts as they are, and anything else in JSON.', () => {
    expect(ask('GET', '/till/has?coins=3')).toEqual(read({ coins: 3 }));
    expect(ask('GET', '/till/has?coins=3&of=7&all=true&kinds=%5B%22a%22%5D')).toEqual(
      read({ coins: 3, of: '7', all: true, kinds: ['a'] }),
    );
    expect(ask('GET', '/till/has?coins=three')).toMatch(/^coins: expected number/);
    expect(ask('GET', '/till/has')).toMatch(/^coins: expected number, and there is none/);
    expect(ask('GET', '/till/coins?colour=red')).toEqual({
      type: 'read',
      group: 'till',
      query: { type: 'coins' },
      list: true,
    });
  });

  test('answers 200 with the value, or 400 with the reason.', () => {
    const [put] = service.routes;
    expect(put?.plan({}, [accepted(3)], BLIND)).toEqual({ type: 'answer', status: 200, body: 3 });
    expect(put?.plan({}, [refused('full')], BLIND)).toEqual({ type: 'answer', status: 400, body: { error: 'full' } });
  });

  test('is asked by requests that come back as what they are for.', () => {
    const has = { type: 'has', coins: 3, of: 'a & b', kinds: ['x y'] };
    const asked = query(till, has);
    expect(ask('GET', asked.path)).toEqual({ type: 'read', group: 'till', query: has, list: true });
    const put = command(till, { type: 'put', coins: 2 });
    expect(ask('POST', put.path, put.body)).toEqual({
      type: 'write',
      group: 'till',
      command: { type: 'put', coins: 2 },
    });
  });

  test('describes itself.', () => {
    const { routes } = service;
    const { paths } = openApiOf({ title: 'shop', version: '1', routes, operatorPaths: [] });
    expect(paths).toMatchObject({
      '/till/put': {
        post: {
          summary: 'Put coins in',
          requestBody: { content: { 'application/json': { schema: { required: ['coins'] } } } },
        },
      },
      '/till/has': {
        get: { parameters: [{ in: 'query', name: 'coins', required: true }, { name: 'of' }, {}, {}, {}, {}, {}] },
      },
    });
  });
});

describe('Own routes', () => {
  const own = defineRoute({
    method: 'GET',
    path: '/till/:what',
    parameters: nothing,
    body: noBody,
    plan: () => ({ type: 'answer', status: 200, body: 'mine' }),
  });
  const instead = { ...own, path: '/till/coins' };

  test('stand beside the default ones, or in place of those with the same path.', () => {
    const routes = defaultRoutes([till], [instead]);
    expect(routes).toHaveLength(5);
    expect(ask('GET', '/till/coins', undefined, routes)).toEqual({ type: 'answer', status: 200, body: 'mine' });
    expect(defineService({ name: 'shop', apps: [till], routes }).routes).toBe(routes);
    expect(defaultRoutes([till], [own])).toHaveLength(6);
  });

  test('are all there are, where nobody asks for the others.', () => {
    expect(defineService({ name: 'shop', apps: [till], routes: [own] }).routes).toEqual([own]);
  });
});
