import { expect, it } from 'vitest';
import { tickets } from '../../src/apps/tickets/service.ts';
import { indexOf, indexSchema } from '../../src/operate/index-page.ts';
import { openApiOf } from '../../src/operate/openapi.ts';

const operatorPaths = [
  { method: 'GET', path: '/', signed: false },
  { method: 'GET', path: '/status', signed: false },
  { method: 'GET', path: '/understudy/state', signed: true },
  { method: 'POST', path: '/understudy/join', signed: true },
  { method: 'GET', path: '/election', signed: false },
  { method: 'POST', path: '/greet/event', signed: true },
] as const;
const described = { title: 'tickets', version: '1.2.3', routes: tickets.routes, operatorPaths };

it('The index names the process, the paths that answer without a proof, and those of the service.', () => {
  const page = indexOf(described)({ node: 'f1', kind: 'frontend' });
  expect(indexSchema.parse(page)).toEqual(page);
  expect(page).toMatchObject({ service: 'tickets', node: 'f1', kind: 'frontend', links: ['/status', '/election'] });
  expect(page).toHaveProperty('paths', expect.arrayContaining(['POST /events/{eventid}/purchase/{userid}']));
});

/** The value at a place of the document; undefined where there is none. */
function at(...places: readonly (string | number)[]): unknown {
  let value: unknown = openApiOf(described);
  for (const place of places) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(place))?.[1];
  }
  return value;
}

/** Whether a request may have a header with such a value. */
function takes(name: string, text: string): boolean {
  return new RegExp(String(at('components', 'parameters', name, 'schema', 'pattern'))).test(text);
}

it('The OpenAPI document declares the headers of every answer of a front end, refusals too.', () => {
  for (const status of ['200', '400', '409', '410', '422', '503'])
    expect(at('paths', '/events/create', 'post', 'responses', status, 'headers')).toMatchObject({
      'X-Request-Id': {},
      'Understudy-Token': {},
      'Understudy-Uuid': {},
    });
  expect(at('paths', '/events', 'get', 'responses', '400', 'headers')).toHaveProperty('Understudy-Token');
});

it('The OpenAPI document bounds ids in paths, names a server, and says that an election has no body.', () => {
  expect(at('paths', '/events/{eventid}', 'get', 'parameters', 0, 'schema')).toMatchObject({
    type: 'integer',
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
  });
  expect(at('servers')).toEqual([{ url: '/' }]);
  expect(at('components', 'securitySchemes', 'secret')).toMatchObject({ type: 'apiKey' });
  expect(at('paths', '/election', 'get', 'responses', '200')).not.toHaveProperty('content');
  const greeted = at('paths', '/greet/event', 'post', 'responses', '200', 'content', 'application/json', 'schema');
  expect(greeted).toMatchObject({ type: 'array' });
});

it('The OpenAPI document says which keys and tokens are taken.', () => {
  const uuid = '01a227d8-70fa-7c78-960c-ab68f2f3fb6d';
  const keys = [uuid, `"${uuid}"`, `"${uuid}`, 'x'];
  expect(keys.map((text) => takes('Idempotency-Key', text))).toEqual([true, true, false, false]);
  const tokens = ['a=h:1', 'a=h:1,b=h:20', '', 'x'];
  expect(tokens.map((text) => takes('Understudy-Token', text))).toEqual([true, true, false, false]);
});
