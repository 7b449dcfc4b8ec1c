import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { tickets } from '../../src/apps/tickets/service.ts';
import type { RunningProcess } from '../../src/live/options.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { SOON } from '../support/live/live-cluster.ts';
import { type OperatedPair, operatedPair } from '../support/live/operated-pair.ts';

const PATIENT = 60_000;

let pair: OperatedPair;
const running: RunningProcess[] = [];
const lines: Record<string, string[]> = { s1: [], f1: [] };

beforeAll(async () => {
  pair = await operatedPair();
  running.push(await start('s1'), await start('f1'));
  await pair.ready();
}, PATIENT);

afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await rm(pair.folder, { recursive: true });
});

function start(node: 's1' | 'f1'): Promise<RunningProcess> {
  const write = (text: string): void => void lines[node]?.push(text);
  return pair.start(node, { level: 'debug', write, settings: { holdFor: 500 } });
}

function at(node: string, path: string): string {
  return pair.at(node, path);
}

function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(at('f1', path), { method: 'POST', body: JSON.stringify(body), headers });
}

/** The value of each line of an exposition, by the name with its labels. */
async function scrape(node: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(at(node, '/metrics'));
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await response.text();
  const wrong = text
    .split('\n')
    .filter((line) => line !== '' && !/^(# (HELP|TYPE) \S+ .+|\S+(\{.*\})? \S+)$/.test(line));
  expect(wrong).toEqual([]);
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('Probes', { timeout: PATIENT }, () => {
  it('say that a process lives, and whether it is ready', async () => {
    for (const node of ['s1', 'f1']) {
      expect(await (await fetch(at(node, '/healthz'))).json()).toEqual({ status: 'ok', reasons: [] });
      expect(await (await fetch(at(node, '/readyz'))).json()).toEqual({ status: 'ok', reasons: [] });
    }
    expect((await fetch(at('s1', '/readyz'), { method: 'POST' })).status).toBe(405);
  });
});

describe('A request', { timeout: PATIENT }, () => {
  it('keeps the name its client gave it, in the answer and in the logs of every process', async () => {
    const answered = await post('/users/create', { username: 'ada' }, { 'x-request-id': 'till-7/42' });
    expect(answered.headers.get('x-request-id')).toBe('till-7/42');
    for (const node of ['f1', 's1']) {
      const named = lines[node]?.filter((line) => line.includes('"requestId":"till-7/42"')) ?? [];
      expect(named.length).toBeGreaterThanOrEqual(2);
      const uuid = answered.headers.get('understudy-uuid') ?? 'none';
      expect(named.some((line) => line.includes(`"uuid":"${uuid}"`))).toBe(true);
    }
  });

  it.each<[string, Record<string, string>]>([
    ['no name', {}],
    ['a name of two words', { 'x-request-id': 'two words' }],
    ['a name that is too long', { 'x-request-id': 'a'.repeat(129) }],
    ['a name in quotes', { 'x-request-id': '"quoted"' }],
  ])('is given a name where it has %s', async (_, headers) => {
    const answered = await post('/users/create', { username: 'ada' }, headers);
    expect(answered.status).toBe(200);
    expect(answered.headers.get('x-request-id')).toBe(answered.headers.get('understudy-uuid'));
  });
});

describe('Metrics', { timeout: PATIENT }, () => {
  it('count requests by route and outcome, and say how long they took', async () => {
    const before = await scrape('f1');
    await post('/users/create', { username: 'bob' });
    await post('/users/create', { username: 7 });
    await fetch(at('f1', '/users/0'));
    await fetch(at('f1', '/users/99?x=1'));
    await fetch(at('f1', '/no/such/path'));
    expect((await post('/users/create', { username: 'x'.repeat(70_000) })).headers.has('x-request-id')).toBe(true);
    const after = await scrape('f1');
    const more = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
    expect(more('understudy_requests_total{method="POST",route="/users/create",status="200"}')).toBe(1);
    expect(more('understudy_requests_total{method="POST",route="/users/create",status="400"}')).toBe(1);
    expect(more('understudy_requests_total{method="POST",route="/users/create",status="413"}')).toBe(1);
    expect(more('understudy_requests_total{method="GET",route="/users/:userid",status="200"}')).toBe(1);
    expect(more('understudy_requests_total{method="GET",route="/users/:userid",status="400"}')).toBe(1);
    expect(more('understudy_requests_total{method="GET",route="unknown",status="404"}')).toBe(1);
    expect(more('understudy_requests_total{method="GET",route="/metrics",status="200"}')).toBe(1);
    const seconds = 'understudy_request_seconds';
    expect(more(`${seconds}_count{method="GET",route="/users/:userid"}`)).toBe(2);
    expect(more(`${seconds}_bucket{method="GET",route="/users/:userid",le="+Inf"}`)).toBe(2);
    expect(more(`${seconds}_sum{method="GET",route="/users/:userid"}`)).toBeGreaterThan(0);
  });

  it('show the role, the log and the disk of each replica, and agree with the status', async () => {
    const [metrics, status] = [await scrape('s1'), running[0]?.status()];
    for (const group of ['events', 'users']) {
      expect(metrics.get(`understudy_role{group="${group}",role="primary"}`)).toBe(1);
      expect(metrics.get(`understudy_role{group="${group}",role="secondary"}`)).toBe(0);
      expect(metrics.get(`understudy_commit{group="${group}"}`)).toBe(status?.groups[group]?.commit);
      expect(metrics.get(`understudy_elections_total{group="${group}",step="won"}`)).toBe(1);
      expect(metrics.get(`understudy_write_seconds_count{group="${group}"}`)).toBeGreaterThan(0);
    }
    expect(metrics.get('understudy_info{node="s1",kind="server",cluster="tickets-1"}')).toBe(1);
    expect(metrics.get('understudy_link_open{peer="f1"}')).toBe(1);
    expect(metrics.get('understudy_unreachable')).toBe(0);
    expect(metrics.get('process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(metrics.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
  });

  it('show calls between groups that have no outcome, and how old the oldest is', async () => {
    const event = await post('/events/create', { userid: 0, eventname: 'first night', numtickets: 10 });
    expect(await (await post('/events/0/purchase/0', { tickets: 2 })).text()).toBe('');
    expect(event.status).toBe(200);
    const metrics = await scrape('s1');
    expect(metrics.get('understudy_pending_calls{group="events",to="users"}')).toBe(0);
    expect(metrics.get('understudy_oldest_call_seconds{group="events",to="users"}')).toBe(0);
  });
});

function templates(routes: typeof tickets.routes): string[] {
  return routes.map(({ path }) => path.replaceAll(/:(\w+)/g, '{$1}'));
}

const response = z.looseObject({
  description: z.string().min(1),
  headers: z.record(z.string(), z.object({ $ref: z.string() })).optional(),
  content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.json()) })).optional(),
});

const operation = z.strictObject({
  tags: z.array(z.enum(['service', 'operator'])).length(1),
  operationId: z.string().regex(/^[a-z][A-Za-z0-9]*$/),
  summary: z.string().optional(),
  security: z.array(z.record(z.literal('secret'), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.union([
        z.strictObject({ $ref: z.string() }),
        z.strictObject({
          name: z.string(),
          in: z.enum(['path', 'query']),
          required: z.boolean(),
          schema: z.record(z.string(), z.json()),
        }),
      ]),
    )
    .optional(),
  requestBody: z
    .strictObject({
      required: z.literal(true),
      content: z.strictObject({ 'application/json': z.strictObject({ schema: z.record(z.string(), z.json()) }) }),
    })
    .optional(),
  responses: z.record(z.string().regex(/^([1-5]\d\d|default)$/), response),
});

/** What of OpenAPI 3.1 the document uses, and nothing besides. */
const openApi = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  jsonSchemaDialect: z.literal('https://json-schema.org/draft/2020-12/schema'),
  info: z.strictObject({ title: z.string(), version: z.string() }),
  servers: z.array(z.strictObject({ url: z.literal('/') })).length(1),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  paths: z.record(z.string().regex(/^\/[^?#]*$/), z.partialRecord(z.enum(['get', 'post']), operation)),
  components: z.strictObject({
    schemas: z.record(z.string(), z.record(z.string(), z.json())),
    headers: z.record(z.string(), z.strictObject({ description: z.string(), schema: z.record(z.string(), z.json()) })),
    parameters: z.record(z.string(), z.looseObject({ name: z.string(), in: z.literal('header') })),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.literal('apiKey') })),
  }),
});

type Document = z.infer<typeof openApi>;

async function documentOf(node: string): Promise<Document> {
  return openApi.parse(await (await fetch(at(node, '/openapi.json'))).json());
}

/** Asserts that an answer is one that the document describes for this path: its status, its headers and its body. */
async function expectDescribed(document: Document, path: string, answered: Response, method: 'get' | 'post' = 'post') {
  const described = document.paths[path]?.[method]?.responses[String(answered.status)];
  expect(described, `${method} ${path} ${answered.status}`).toBeDefined();
  for (const name of Object.keys(described?.headers ?? {})) {
    const isOptional = ['Understudy-Token', 'Understudy-Uuid', 'Understudy-Cache'].includes(name);
    expect(answered.headers.has(name) || isOptional, name).toBe(true);
  }
  const text = await answered.text();
  const schema = described?.content?.['application/json']?.schema;
  if (schema === undefined) return expect(text).toBe('');
  const resolved = schema['$ref'] === '#/components/schemas/Error' ? document.components.schemas['Error'] : schema;
  const fits = z.fromJSONSchema(resolved ?? {}).safeParse(JSON.parse(text));
  return expect(fits.error?.issues ?? [], `${method} ${path}: ${text}`).toEqual([]);
}

describe('The description of the interface', { timeout: PATIENT }, () => {
  it.each(['f1', 's1'])('of %s is OpenAPI 3.1, with every reference leading somewhere', async (node) => {
    const document = await documentOf(node);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    const parts: Readonly<Record<string, object>> = document.components;
    for (const [, kind = '', name = ''] of references) expect(Object.keys(parts[kind] ?? {})).toContain(name);
    const ids = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, methods] of Object.entries(document.paths)) {
      const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(parameters.flatMap((one) => ('name' in one && one.in === 'path' ? [one.name] : []))).toEqual(wanted);
      }
    }
  });

  it('has every path of the service and every one for operators', async () => {
    const [frontEnd, server] = [await documentOf('f1'), await documentOf('s1')];
    expect(Object.keys(frontEnd.paths)).toEqual(expect.arrayContaining(templates(tickets.routes)));
    expect(Object.keys(server.paths)).toEqual(expect.arrayContaining(templates(tickets.serverRoutes ?? [])));
    for (const document of [frontEnd, server]) {
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining(['/status', '/healthz', '/readyz', '/metrics', '/openapi.json']),
      );
    }
  });

  it('fits what is really answered, whatever that is', async () => {
    const document = await documentOf('f1');
    const check = (path: string, answered: Response, method?: 'get' | 'post') =>
      expectDescribed(document, path, answered, method);
    const key = { 'idempotency-key': '0190c0de-0000-4000-8000-00000000beef' };
    await check('/users/create', await post('/users/create', { username: 'eve' }, key));
    await check('/users/create', await post('/users/create', { username: 'mallory' }, key)); // 422
    await check('/users/create', await post('/users/create', {})); // 400
    await check('/users/create', await post('/users/create', { username: 'x' }, { 'understudy-token': 'users=old:1' }));
    await check('/events/create', await post('/events/create', { userid: 0, eventname: 'x', numtickets: 5 }));
    await check('/events/{eventid}/purchase/{userid}', await post('/events/0/purchase/0', { tickets: 1 }));
    await check('/events/{eventid}/purchase/{userid}', await post('/events/0/purchase/0', { tickets: 1_000 }));
    await check(
      '/users/{userid}/tickets/transfer',
      await post('/users/0/tickets/transfer', { eventid: 0, tickets: 1, targetuser: 1 }),
    );
    await check('/election', await post('/election', { port: 1 }));
    for (const [path, asked] of [
      ['/events', '/events'],
      ['/events/{eventid}', '/events/0'],
      ['/events/{eventid}', '/events/077'],
      ['/users/{userid}', '/users/0'],
      ['/users/{userid}', '/users/999'],
      ['/greet', '/greet'],
      ['/status', '/status'],
      ['/healthz', '/healthz'],
      ['/readyz', '/readyz'],
      ['/openapi.json', '/openapi.json'],
    ] as const) {
      await check(path, await fetch(at('f1', asked)), 'get');
    }
    const ofServer = await documentOf('s1');
    await expectDescribed(ofServer, '/events/list', await fetch(at('s1', '/events/list')), 'get');
    await expectDescribed(ofServer, '/users/{userid}', await fetch(at('s1', '/users/0')), 'get');
    await expectDescribed(ofServer, '/status', await fetch(at('s1', '/status')), 'get');
  });

  it('has a schema for every body and every answer of its own paths, and for those of operators', async () => {
    const documents = [await documentOf('f1'), await documentOf('s1')];
    const operations = documents.flatMap(({ paths }) =>
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, one]) => [`${method} ${path}`, one] as const),
      ),
    );
    for (const [name, described] of operations) {
      const empty = JSON.stringify(described).match(/"schema":\{\}/g) ?? [];
      expect(empty, name).toEqual([]);
      expect(described.summary, name).toBeDefined();
    }
  });

  it.each([
    ['/understudy/order', { type: 'leave', node: 's1' }, 400],
    ['/understudy/order', { type: 'transfer', group: 'sweets' }, 404],
    ['/understudy/order', { type: 'transfer', group: 'events', to: 's1' }, 200],
    ['/understudy/order', { type: 'remove', node: 's9' }, 404],
    ['/understudy/order', { type: 'leave' }, 409],
    ['/understudy/join', { kind: 'server' }, 400],
    ['/understudy/join', { kind: 'server', address: '127.0.0.1:1', nodeId: 'f1' }, 409],
    ['/understudy/join', { kind: 'server', address: '127.0.0.1:1', nodeId: 's1' }, 409],
    ['/understudy/join', { kind: 'frontend', address: '127.0.0.1:1' }, 200],
    ['/understudy/services', undefined, 200],
    ['/understudy/state', undefined, 200],
    ['/greet/event', { port: 1 }, 400],
    ['/election', {}, 400],
  ] as const)('fits what an operator is answered at %s for %j', async (path, body, status) => {
    const method = body === undefined ? 'GET' : 'POST';
    const as = path === '/understudy/join' ? 'server' : 'operator';
    const credentials = { secret: pair.secret, tls: undefined };
    const answer = await callSigned(new URL(at('s1', '/')).host, { method, path, body: body ?? '', as }, credentials);
    expect(answer.status, answer.body).toBe(status);
    const described = (await documentOf('s1')).paths[path]?.[method === 'GET' ? 'get' : 'post'];
    const schema = described?.responses[String(status)]?.content?.['application/json']?.schema ?? {};
    const resolved = schema['$ref'] === undefined ? schema : (await documentOf('s1')).components.schemas['Error'];
    const fits = z.fromJSONSchema(resolved ?? {}).safeParse(JSON.parse(answer.body));
    expect(fits.error?.issues ?? [], answer.body).toEqual([]);
    // A body that was taken is one that the document describes; a malformed one is not.
    const asked = z.fromJSONSchema(described?.requestBody?.content['application/json'].schema ?? {});
    if (body !== undefined) expect(asked.safeParse(body).success).toBe(status !== 400 || path === '/greet/event');
  });

  it('accepts in its request bodies what the service accepts, and refuses what it refuses', async () => {
    const body = (await documentOf('f1')).paths['/events/create']?.post?.requestBody?.content['application/json']
      .schema;
    const schema = z.fromJSONSchema(body ?? false);
    expect(schema.safeParse({ userid: 0, eventname: 'x', numtickets: 1 }).success).toBe(true);
    expect(schema.safeParse({ userid: 0, eventname: '', numtickets: 1 }).success).toBe(false);
    expect(schema.safeParse({ userid: 0, eventname: 'x', numtickets: -1 }).success).toBe(false);
    expect(schema.safeParse({ userid: 0.5, eventname: 'x', numtickets: 1 }).success).toBe(false);
  });

  it('says 503 in the words of the document when nobody leads any more', async () => {
    const document = await documentOf('f1');
    await running.shift()?.stop();
    const answered = await post('/users/create', { username: 'late' });
    expect(answered.status).toBe(503);
    await expectDescribed(document, '/users/create', answered);
    await vi.waitFor(async () => {
      const ready = await fetch(at('f1', '/readyz'));
      expect(ready.status).toBe(503);
      await expectDescribed(document, '/readyz', ready, 'get');
    }, SOON);
  });
});
