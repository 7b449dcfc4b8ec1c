import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { openApiOf } from '../../../src/operate/openapi.ts';
import type { Route } from '../../../src/service/service.ts';

const operation = z.object({
  // Paths of operators have none.
  parameters: z
    .array(z.object({ name: z.string(), in: z.string(), required: z.boolean() }).or(z.object({ $ref: z.string() })))
    .default([]),
  requestBody: z
    .object({ content: z.record(z.string(), z.object({ schema: z.record(z.string(), z.json()) })) })
    .optional(),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.json()).optional() })),
});

const shape = z.object({
  paths: z.record(z.string(), z.partialRecord(z.enum(['get', 'post']), operation)),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.json())) }),
});

function documentOf(routes: readonly Route[]): z.output<typeof shape> {
  const { refusalBody } = bazaar;
  const operatorPaths = [{ method: 'GET', path: '/status', signed: false }] as const;
  return shape.parse(openApiOf({ title: 'bazaar', version: '0', routes, refusalBody, operatorPaths }));
}

const frontEnd = documentOf(bazaar.routes);
const server = documentOf(bazaar.serverRoutes ?? []);

/** `query stock_name false`: where each parameter of a GET stands, and whether it must. */
function parametersAt(document: typeof server, path: string): readonly string[] {
  const parameters = document.paths[path]?.get?.parameters ?? [];
  return parameters.flatMap((one) => ('name' in one ? [`${one.in} ${one.name} ${one.required}`] : []));
}

test('what stands in a query string is described there, and what must', () => {
  expect(parametersAt(frontEnd, '/stocks/{name}')).toEqual(['path name true']);
  const page = ['query after false', 'query limit false'];
  expect(parametersAt(frontEnd, '/stocks')).toEqual(['query stock_name false', ...page]);
  expect(parametersAt(frontEnd, '/orders')).toEqual(['query order_number false', ...page]);
  expect(parametersAt(frontEnd, '/leader')).toEqual([]);
  expect(parametersAt(frontEnd, '/rm')).toEqual(['query stock_name false']);
  expect(parametersAt(server, '/query')).toEqual(['query stock_name false', 'query order_number false']);
  expect(parametersAt(server, '/orders/trade')).toEqual([
    'query stock_name true',
    'query type true',
    'query quantity true',
  ]);
});

test('two methods of one path are described beside each other', () => {
  const { get, post } = server.paths['/trade'] ?? {};
  expect(Object.keys(get?.responses ?? {})).not.toContain('401');
  expect(Object.keys(post?.responses ?? {})).toContain('401');
});

test('refusals are described in the envelope, those of operators’ paths are not', () => {
  const { get } = frontEnd.paths['/stocks/{name}'] ?? {};
  expect(Object.keys(get?.responses ?? {}).sort()).toEqual(['200', '400', '404', '409', '503', 'default']);
  const envelope = { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } };
  expect(get?.responses['404']?.content).toEqual(envelope);
  expect(get?.responses['503']?.content).toEqual(envelope);
  expect(frontEnd.paths['/stocks']?.post?.responses['401']?.content).toEqual(envelope);
  expect(JSON.stringify(frontEnd.paths['/status'])).not.toContain('Refusal');
  const refusal = z.fromJSONSchema(frontEnd.components.schemas['Refusal'] ?? false);
  expect(refusal.safeParse(bazaar.refusal?.(503, 'no answer in time', undefined)).success).toBe(true);
  expect(refusal.safeParse(bazaar.refusal?.(503, 'unknown', 'u')).success).toBe(true);
  expect(refusal.safeParse({ error: 'plain' }).success).toBe(false);
});

function schemaOf(document: typeof server, path: string): z.ZodType {
  return z.fromJSONSchema(document.paths[path]?.post?.requestBody?.content['application/json']?.schema ?? false);
}

test('request bodies are described as they are taken', () => {
  const order = schemaOf(frontEnd, '/orders');
  expect(order.safeParse({ name: 'FishCo', quantity: 1, type: 'buy' }).success).toBe(true);
  expect(order.safeParse({ name: 'FishCo', quantity: 0, type: 'buy' }).success).toBe(false);
  expect(order.safeParse({ name: 'FishCo', quantity: 1, type: 'steal' }).success).toBe(false);
  const stock = schemaOf(frontEnd, '/stocks');
  expect(stock.safeParse({ name: 'FishCo', price: 15.99, quantity: 1 }).success).toBe(true);
  expect(stock.safeParse({ name: 'FishCo', price: '15.99', quantity: 1 }).success).toBe(false);
  expect(stock.safeParse({ name: '..', price: 15.99, quantity: 1 }).success).toBe(false);
  expect(schemaOf(server, '/orders/sync').safeParse({ since: 0 }).success).toBe(true);
  expect(schemaOf(server, '/orders/sync').safeParse({}).success).toBe(false);
});

test('docs/services/bazaar.md has every path, says which are signed, and has no other', () => {
  const text = readFileSync(new URL('../../../docs/services/bazaar.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (`(?:GET|POST) .*?) \|/gm)].map(([, cell = '']) => cell);
  const shown = rows.flatMap((cell) => {
    const paths = [...cell.matchAll(/`(?:(GET|POST) )(\/[^`?]*)/g)].map(([, method, path]) => `${method} ${path}`);
    return [...new Set(paths)].map((path) => `${path}${cell.endsWith('*signed*') ? ' signed' : ''}`);
  });
  const routes = [...bazaar.routes, ...(bazaar.serverRoutes ?? [])];
  const named = routes.map(({ method, path, signed }) => {
    return `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}${signed === true ? ' signed' : ''}`;
  });
  // `GET /stocks` has two rows: with a name and without.
  expect([...new Set(shown)].sort()).toEqual(named.sort());
});
