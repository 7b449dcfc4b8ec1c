import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { openApiOf } from '../../src/operate/openapi.ts';
import { defineRoute, defineService, noBody, nothing } from '../../src/service/define-service.ts';
import { queryParameters, takenApart } from '../../src/service/query.ts';
import { match, routerOf } from '../../src/service/router.ts';
import { answered, get, stage } from '../support/frontend/one-front-end.ts';

const echo = defineRoute({
  method: 'GET',
  path: '/shelves/:shelf',
  parameters: z.object({ shelf: z.string(), title: z.string(), limit: z.string().optional() }),
  body: noBody,
  plan: ({ parameters }) => ({ type: 'answer', status: 200, body: z.json().parse(parameters) }),
});
const library = defineService({ name: 'library', apps: [], routes: [echo], invariants: [] });

function ask(target: string) {
  return stage({ service: library }).ask(get(1, target));
}

describe('query strings', () => {
  test.each([
    ['/shelves/a?title=Emma', { shelf: 'a', title: 'Emma' }],
    ['/shelves/a?title=Pride+and%20Prejudice&limit=3', { shelf: 'a', title: 'Pride and Prejudice', limit: '3' }],
    ['/shelves/a?title=1+%2B+1', { shelf: 'a', title: '1 + 1' }],
    ['/shelves/a?title=Emma&title=Persuasion', { shelf: 'a', title: 'Emma' }],
    ['/shelves/a?shelf=b&title=Emma', { shelf: 'a', title: 'Emma' }],
    ['/shelves/a?&&title&x=y#title=Emma', { shelf: 'a', title: '' }],
    ['/shelves/a?title=a=b?c', { shelf: 'a', title: 'a=b?c' }],
    ['/shelves/a+b?t%69tle=%25', { shelf: 'a+b', title: '%' }],
  ])('%s asks for %j', (target, parameters) => {
    expect(ask(target)).toEqual([answered(1, 200, parameters)]);
  });

  test.each(['/shelves/a?title=%', '/shelves/a?title=%ff', '/shelves/a?%zz=1&title=Emma'])(
    '%s is malformed: 400',
    (target) => {
      expect(ask(target)).toEqual([answered(1, 400, { error: 'query: malformed percent-encoding' })]);
    },
  );

  test('a parameter that is missing is asked for by name', () => {
    expect(ask('/shelves/a?Title=Emma')).toEqual([
      answered(1, 400, { error: 'title: expected string, and there is none' }),
    ]);
  });

  test('names that mean something in JavaScript are names like any other', () => {
    const any = defineRoute({
      method: 'GET',
      path: '/any',
      parameters: z.record(z.string(), z.string()),
      body: noBody,
      plan: () => ({ type: 'answer', status: 200, body: undefined }),
    });
    const found = match(routerOf([any]), 'GET', '/any?__proto__=a&constructor=b');
    if (found.type !== 'route') throw new Error('it is a path of ours');
    expect(Object.entries(found.parameters)).toEqual([
      ['constructor', 'b'],
      ['__proto__', 'a'],
    ]);
    expect(Object.getPrototypeOf(found.parameters)).toBe(Object.prototype);
  });

  test('a route that asks for no parameters does not look at them', () => {
    const plain = defineRoute({
      method: 'GET',
      path: '/plain',
      parameters: nothing,
      body: noBody,
      plan: ({ parameters }) => ({ type: 'answer', status: 200, body: parameters }),
    });
    const it = stage({ service: defineService({ ...library, routes: [plain] }) });
    expect(it.ask(get(1, '/plain?a=b'))).toEqual([answered(1, 200, {})]);
  });

  test('what a client encodes is what the route is given, and no target throws', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))), (pairs) => {
        const query = pairs
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
          .join('&');
        expect(takenApart(`/path?${query}#there`)).toEqual(['/path', query]);
        expect(queryParameters(query)).toEqual(pairs);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (target) => {
        const found = match(routerOf(library.routes), 'GET', `/shelves/a?${target}`);
        expect(['route', 'malformed']).toContain(found.type);
      }),
    );
  });

  test('stand in the description of the interface as `in: query`, in the order of the schema', () => {
    const headers = ['Understudy-Token', 'Understudy-Read', 'X-Request-Id'].map((name) => ({
      $ref: `#/components/parameters/${name}`,
    }));
    const described = openApiOf({ title: 'library', version: '1', routes: library.routes, operatorPaths: [] });
    expect(z.object({ paths: z.record(z.string(), z.object({ get: z.json() })) }).parse(described).paths).toMatchObject(
      {
        '/shelves/{shelf}': {
          get: {
            parameters: [
              { name: 'shelf', in: 'path', required: true, schema: { type: 'string' } },
              { name: 'title', in: 'query', required: true, schema: { type: 'string' } },
              { name: 'limit', in: 'query', required: false, schema: { type: 'string' } },
              ...headers,
            ],
          },
        },
      },
    );
  });
});

describe('what a front end says by itself', () => {
  const service = defineService({
    ...library,
    refusal: (status, reason, uuid) => ({ error: { code: status, message: reason, uuid: uuid ?? null } }),
  });

  test('has the form its service gives it', () => {
    const it = stage({ service });
    expect(it.ask(get(1, '/nothing'))).toEqual([
      answered(1, 404, { error: { code: 404, message: 'no such path', uuid: null } }),
    ]);
    expect(it.ask({ ...get(2, '/shelves/a'), method: 'POST' })).toEqual([
      answered(
        2,
        405,
        { error: { code: 405, message: 'this path takes GET only', uuid: null } },
        { allow: 'GET, HEAD' },
      ),
    ]);
  });
});
