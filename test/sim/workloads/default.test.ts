import { Map as PersistentMap } from 'immutable';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { check, type HistoryEvent, historyOf } from '../../../src/checker/index.ts';
import { accepted, refused } from '../../../src/protocol/model/app.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import { defaultRoutes } from '../../../src/service/default-routes.ts';
import { defineApp } from '../../../src/service/define-app.ts';
import { defineRoute, defineService, noBody, nothing } from '../../../src/service/define-service.ts';
import { match, routerOf } from '../../../src/service/router.ts';
import { drawValue } from '../../../src/service/schema-values/draw.ts';
import { diceOf, streamOf } from '../../../src/sim/base/random.ts';
import { defaultWorkload } from '../../../src/sim/workloads/default.ts';
import { serviceHistory } from '../../../src/sim/workloads/service-model.ts';
import { get, type HistoryForm, type Known, post, type Workload } from '../../../src/sim/workloads/workload.ts';

const lots = defineApp({
  name: 'lots',
  initial: { last: 0, drawn: PersistentMap<number, string>() },
  commands: z.discriminatedUnion('type', [
    z.object({ type: z.literal('draw'), name: z.string() }),
    z.object({ type: z.literal('return'), lot: z.int(), name: z.string() }),
    z.object({ type: z.literal('when') }),
  ]),
  queries: z.object({ type: z.literal('who'), lot: z.int() }),
  apply(state, asked, context) {
    if (asked.type === 'when') return { state, outcome: accepted(context.wall) };
    if (asked.type === 'draw') {
      const last = state.last + 1;
      return { state: { last, drawn: state.drawn.set(last, asked.name) }, outcome: accepted({ lot: last }) };
    }
    if (state.drawn.get(asked.lot) !== asked.name) return { state, outcome: refused('not yours') };
    return { state: { ...state, drawn: state.drawn.delete(asked.lot) }, outcome: accepted() };
  },
  read: ({ drawn }, { lot }) => accepted(drawn.get(lot) ?? null),
});

const service = defineService({ name: 'lottery', apps: [lots] });

function draws(workload: Workload, kind: string, known: Known, count = 200) {
  return Array.from({ length: count }, (_, place) => workload.next(kind, diceOf(streamOf(place, 'test')), known));
}

describe('The default workload', () => {
  const workload = defaultWorkload(service);

  test('asks every path that is not for operators, by its method and path', () => {
    expect(workload.kinds).toEqual(['POST /lots/draw', 'POST /lots/return', 'POST /lots/when', 'GET /lots/who']);
    const kinds = defaultWorkload({ ...tickets, routes: tickets.serverRoutes ?? [] }).kinds;
    expect(kinds).toContain('POST /events/purchase/:eventid');
    expect(kinds).not.toContain('POST /users/:userid/tickets/add');
    expect(workload.probes.map(({ method, expect: status }) => [method, status])).toEqual([
      ['POST', 'any'],
      ['GET', 'any'],
    ]);
  });

  test('mostly asks what the service can read, from few values', () => {
    const router = routerOf(service.routes);
    const calls = workload.kinds.flatMap((kind) => draws(workload, kind, new Map()));
    const readable = calls.filter(({ method, path, body }) => {
      const matched = match(router, method, path);
      return matched.type === 'route' && matched.route.decode(matched.parameters, body).type === 'decoded';
    });
    expect(readable.length).toBeGreaterThan(0.95 * calls.length);
    expect(readable.length).toBeLessThan(calls.length);
    expect(
      new Set(draws(workload, 'POST /lots/draw', new Map()).map(({ body }) => JSON.stringify(body))).size,
    ).toBeLessThan(12);
  });

  test('gives back together what it was told together, up to a bound', () => {
    const known: Known = new Map();
    workload.learn(post('/lots/draw', { name: 'zoe' }), 200, '{"lot":4711}', known);
    workload.learn(post('/lots/draw', { name: 'yan' }), 400, '{"lot":815}', known);
    const returned = draws(workload, 'POST /lots/return', known).map(({ body }) => body);
    expect(returned.filter((body) => JSON.stringify(body) === '{"lot":4711,"name":"zoe"}').length).toBeGreaterThan(60);
    expect(JSON.stringify(returned)).not.toContain('815');
    expect(
      draws(workload, 'GET /lots/who', known).filter(({ path }) => path.endsWith('?lot=4711')).length,
    ).toBeGreaterThan(60);
    for (let lot = 0; lot < 100; lot += 1)
      workload.learn(post('/lots/draw', { name: 'a' }), 200, `{"lot":${lot}}`, known);
    expect(known.size).toBe(12);
  });

  test('learns from bare values and from lists, and from nothing that is no JSON', () => {
    const known: Known = new Map();
    workload.learn(get('/lots/who?lot=3'), 200, '[{"lot":5,"by":{"name":"zoe"}},7,null]', known);
    expect([...known.keys()]).toEqual(['{"lot":5,"name":"zoe"}', '{"lot":"3","":7}', '{"lot":"3"}']);
    workload.learn(get('/lots/who?lot=3'), 200, 'nonsense', known);
    expect(known.size).toBe(3);
  });
});

describe('Values of a schema', () => {
  test.each<[string, z.ZodType]>([
    ['a text', z.string()],
    ['a text of so many', z.string().min(5).max(6)],
    ['a text of a form', z.string().regex(/^[A-C]\d$/)],
    ['an id', z.uuid()],
    ['an address', z.email()],
    [
      'an example',
      z
        .string()
        .startsWith('seat-')
        .meta({ examples: ['seat-1', 'seat-2'] }),
    ],
    ['one of some', z.enum(['red', 'blue'])],
    ['a literal', z.literal(7)],
    ['a whole number', z.int().min(3).max(9)],
    ['a positive number', z.number().positive()],
    ['a dozen', z.int().multipleOf(12).min(1)],
    ['a flag', z.boolean()],
    ['nothing', z.null()],
    ['one or the other', z.union([z.string(), z.int(), z.null()])],
    ['both', z.intersection(z.object({ a: z.int() }), z.object({ b: z.string() }))],
    ['a list', z.array(z.int()).min(2)],
    ['a pair', z.tuple([z.string(), z.int()])],
    ['a record', z.record(z.string(), z.int())],
    ['fields', z.object({ a: z.string(), b: z.object({ c: z.int().optional() }) })],
    [
      'a tree',
      z.object({
        name: z.string(),
        get inner() {
          return z.array(z.object({ name: z.string() }));
        },
      }),
    ],
  ])('are valid for %s, and not always the same', (what, schema) => {
    const described = z
      .record(z.string(), z.json())
      .parse(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))));
    const values = Array.from({ length: 60 }, (_, place) =>
      drawValue(described, described, diceOf(streamOf(place, what))),
    );
    for (const value of values) expect(schema.safeParse(value).error, JSON.stringify(value)).toBeUndefined();
    const different = new Set(values.map((value) => JSON.stringify(value))).size;
    expect(different).toBeGreaterThanOrEqual(['a literal', 'nothing'].includes(what) ? 1 : 2);
  });
});

describe('A service as its own model', () => {
  const form = serviceHistory(service);

  /** What clients asked and were told, in the order of the lines. */
  function verdictOf(...lines: readonly Line[]): string {
    return verdictBy(form, ...lines);
  }

  const DRAW = 'POST /lots/draw';

  test('finds an order where there is one', () => {
    expect(
      verdictOf(
        ['asks', 'c1', DRAW, { name: 'a' }],
        ['asks', 'c2', DRAW, { name: 'b' }],
        ['is told', 'c2', DRAW, { lot: 1 }],
        ['is told', 'c1', DRAW, { lot: 2 }],
        ['asks', 'c1', 'GET /lots/who?lot=1'],
        ['is told', 'c1', 'GET /lots/who?lot=1', 'b'],
      ),
    ).toBe('ok');
  });

  test('finds a lot that two have drawn, and a read of what is over', () => {
    expect(
      verdictOf(
        ['asks', 'c1', DRAW, { name: 'a' }],
        ['is told', 'c1', DRAW, { lot: 1 }],
        ['asks', 'c2', DRAW, { name: 'b' }],
        ['is told', 'c2', DRAW, { lot: 1 }],
      ),
    ).toBe('illegal');
    expect(
      verdictOf(
        ['asks', 'c1', DRAW, { name: 'a' }],
        ['is told', 'c1', DRAW, { lot: 1 }],
        ['asks', 'c1', 'GET /lots/who?lot=1'],
        ['is told', 'c1', 'GET /lots/who?lot=1', null],
      ),
    ).toBe('illegal');
  });

  test('takes a request without an answer for one that may or may not have been carried out', () => {
    const unknown = ['asks', 'c1', DRAW, { name: 'a' }] as const;
    const [asks, second] = [['asks', 'c2', DRAW, { name: 'b' }] as const, ['is told', 'c2', DRAW, { lot: 2 }] as const];
    expect(verdictOf(unknown, asks, second)).toBe('ok');
    expect(verdictOf(unknown, asks, ['is told', 'c2', DRAW, { lot: 3 }])).toBe('illegal');
  });

  test('knows that the front end itself has refused, and what it cannot know', () => {
    const early = { error: 'idempotency-key: the uuid was issued in the future' };
    expect(verdictOf(['asks', 'c1', DRAW, { name: 'a' }], ['is told', 'c1', DRAW, early, 400])).toBe('ok');
    expect(verdictOf(['asks', 'c1', DRAW, { name: 'a' }], ['is told', 'c1', DRAW, { error: 'no' }, 400])).toBe(
      'illegal',
    );
    expect(form.asked(post(DRAW.slice(5), { name: 3 }))).toBeUndefined();
    // The time of an entry is not what clients see: from there on anything may be.
    expect(
      verdictOf(
        ['asks', 'c1', 'POST /lots/when', {}],
        ['is told', 'c1', 'POST /lots/when', 12],
        ['asks', 'c1', DRAW, { name: 'a' }],
        ['is told', 'c1', DRAW, { lot: 99 }],
      ),
    ).toBe('ok');
  });

  test('takes the name of any server from a route that names a primary, and knows the state until one may write because of it', () => {
    const routes = defaultRoutes([lots], [looking('GET'), looking('POST'), drawingWhereLed]);
    const seeing = serviceHistory(defineService({ name: 'lottery', apps: [lots], routes }));
    const wrong = [
      ['asks', 'c1', DRAW, { name: 'a' }],
      ['is told', 'c1', DRAW, { lot: 99 }],
    ] as const;
    expect(verdictBy(seeing, ...hears('GET /leader'))).toBe('ok');
    expect(verdictBy(seeing, ...hears('GET /leader'), ...wrong)).toBe('illegal');
    expect(verdictBy(seeing, ...hears('POST /leader'), ...wrong)).toBe('illegal');
    expect(verdictBy(seeing, ...hears('POST /draw'), ...wrong)).toBe('ok');
  });
});

type Line = readonly ['asks' | 'is told', string, string, Json?, number?];

function verdictBy(form: HistoryForm, ...lines: readonly Line[]): string {
  const events = lines.flatMap(([what, process, target, value = null, status = 200]): readonly HistoryEvent[] => {
    const [method = '', path = ''] = target.split(' ');
    const call = method === 'GET' ? get(path) : post(path, value);
    if (what === 'is told') {
      const told = form.answered(call, status, JSON.stringify(value));
      return [{ process, type: 'ok', f: target.split('?')[0], value: told, key: undefined }];
    }
    const asked = form.asked(call);
    return asked === undefined ? [] : [{ process, type: 'invoke', f: asked.f, value: asked.value, key: undefined }];
  });
  const history = historyOf(events);
  if (history.type === 'rejected') return history.reason;
  const result = check(form.model, history.value);
  return result.type === 'checked' ? result.verdict : result.reason;
}

/** The client `c1` asks `target` and is told `s2`. */
function hears(target: string): readonly Line[] {
  return [
    ['asks', 'c1', target],
    ['is told', 'c1', target, 's2'],
  ];
}

/** A route that says who leads. */
function looking(method: 'GET' | 'POST') {
  return defineRoute({
    method,
    path: '/leader',
    parameters: nothing,
    body: noBody,
    plan: (_, __, view) => ({ type: 'answer', status: 200, body: view.primaryOf('lots') ?? null }),
  });
}

/** A route that draws a lot first if its front end knows of a primary. */
const drawingWhereLed = defineRoute({
  method: 'POST',
  path: '/draw',
  parameters: nothing,
  body: noBody,
  plan: (_, [drawn], view) =>
    drawn === undefined && view.primaryOf('lots') !== undefined
      ? { type: 'write', group: 'lots', command: { type: 'draw', name: 'a' } }
      : { type: 'answer', status: 200, body: 's2' },
});
