import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalog } from '../../../src/apps/bazaar/catalog.ts';
import { orders } from '../../../src/apps/bazaar/orders.ts';
import { bazaarRoutes } from '../../../src/apps/bazaar/routes.ts';
import { serverRoutesOf } from '../../../src/apps/bazaar/server-routes.ts';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { serviceNamed } from '../../../src/apps/index.ts';
import { BLIND } from '../../../src/frontend/view.ts';
import { accepted, type Decided, refused } from '../../../src/protocol/model/app.ts';
import { destinationsIn, match, routerOf } from '../../../src/service/router.ts';
import type { FrontEndView, RoutePlan } from '../../../src/service/service.ts';
import { hostileJson } from '../../../src/testing/hostile-json.ts';

interface Circumstances {
  readonly body?: unknown;
  readonly outcomes?: readonly Decided[];
  readonly view?: FrontEndView;
}

const frontEnd = routerOf(bazaarRoutes);
const dataServer = routerOf(serverRoutesOf(['orders', 'catalog']));

/** What a front end, or a data server, does about a request. `rejected: reason` when it does not even begin. */
function ask(
  request: string,
  { body, outcomes = [], view = BLIND }: Circumstances = {},
  routes = frontEnd,
): RoutePlan | string {
  const [method = '', path = ''] = request.split(' ');
  const matched = match(routes, method, path);
  if (matched.type !== 'route') return matched.type;
  const asked = matched.route.decode(matched.parameters, body);
  return asked.type === 'rejected' ? `rejected: ${asked.reason}` : matched.route.plan(asked.value, outcomes, view);
}

function askServer(request: string, circumstances: Circumstances = {}): RoutePlan | string {
  return ask(request, circumstances, dataServer);
}

const ok = (data: unknown) => ({ type: 'answer', status: 200, body: { data } });
const no = (code: number, message: string) => ({ type: 'answer', status: code, body: { error: { code, message } } });
const read = (group: string, query: object, more: object = {}) => ({ type: 'read', group, query, ...more });
const write = (group: string, command: object) => ({ type: 'write', group, command });

const FISH = accepted({ name: 'FISH', price: 1599, quantity: 96, volume: 4, limit: 500 });
const ORDER = accepted({ number: 3, name: 'FISH', type: 'buy', quantity: 4 });
const CACHED = { name: 'FISH', price: 15.99, quantity: 96 };
const SHOWN = { ...CACHED, stock_name: 'FISH' };

test('the service is found by its name, its highest id leads the orders, and its paths describe themselves', () => {
  expect(serviceNamed('bazaar')).toBe(bazaar);
  expect(bazaar.apps.map(({ name }) => name)).toEqual(['orders', 'catalog']);
  expect(bazaarRoutes.map(({ method, path, schemas }) => [`${method} ${path}`, schemas !== undefined])).toEqual(
    [
      'GET /stocks/:name',
      'GET /stocks',
      'POST /stocks',
      'POST /orders',
      'GET /orders/:number',
      'GET /orders',
      'GET /leader',
      'GET /cache',
      'GET /rm',
    ].map((path) => [path, true]),
  );
});

test('what a front end says by itself is in the envelope, too, and names the uuid of what may have been written', () => {
  expect(bazaar.refusal?.(503, 'no answer in time', undefined)).toEqual({
    error: { code: 503, message: 'no answer in time' },
  });
  expect(bazaar.refusal?.(503, 'unknown', 'u-1')).toEqual({ error: { code: 503, message: 'unknown', uuid: 'u-1' } });
});

describe('stocks', () => {
  test.each(['GET /stocks/FISH', 'GET /stocks?stock_name=FISH'])(
    '%s is read by way of the cache, and is 404 where there is none',
    (request) => {
      expect(ask(request)).toEqual(read('catalog', { type: 'get', name: 'FISH' }, { cache: 'FISH' }));
      expect(ask(request, { outcomes: [FISH] })).toEqual(ok(SHOWN));
      expect(ask(request, { outcomes: [refused('no stock FISH')] })).toEqual(no(404, 'no stock FISH'));
    },
  );

  test('both forms of a name that needs escaping are the same query under the same key', () => {
    const wanted = read('catalog', { type: 'get', name: 'a b/ü' }, { cache: 'a b/ü' });
    expect(ask('GET /stocks/a%20b%2F%C3%BC')).toEqual(wanted);
    expect(ask('GET /stocks?stock_name=a+b/%C3%BC')).toEqual(wanted);
  });

  test('GET /stocks without a name lists all of them, past the cache', () => {
    expect(ask('GET /stocks')).toEqual(read('catalog', { type: 'list' }, { list: true }));
    expect(ask('GET /stocks?after=FISH&limit=2')).toEqual(
      read('catalog', { type: 'list', after: 'FISH', limit: 2 }, { list: true }),
    );
    expect(ask('GET /stocks', { outcomes: [accepted([])] })).toEqual(ok([]));
  });

  test.each(['GET /stocks?stock_name=', `GET /stocks/${'x'.repeat(201)}`])('%s is no name', (request) => {
    expect(ask(request)).toMatch(/^rejected: (stock_)?name: expected /);
  });

  test('POST /stocks is for operators, takes decimals, and writes cents', () => {
    const destinationOf = destinationsIn(bazaarRoutes);
    const isSigned = (method: string, path: string) => destinationOf(method, path)?.signed;
    expect([isSigned('POST', '/stocks'), isSigned('GET', '/stocks'), isSigned('POST', '/orders')]).toEqual([
      true,
      false,
      false,
    ]);
    const body = { name: 'FISH', price: 15.99, quantity: 100, limit: 500 };
    expect(ask('POST /stocks', { body })).toEqual(write('catalog', { type: 'list', ...body, price: 1599 }));
    expect(ask('POST /stocks', { body, outcomes: [accepted()] })).toEqual(ok({ name: 'FISH' }));
    expect(ask('POST /stocks', { body, outcomes: [refused('FISH is listed already')] })).toEqual(
      no(400, 'FISH is listed already'),
    );
  });

  test.each([1.999, -1, '15.99', null, 1e16])('POST /stocks takes no price %j', (price) => {
    expect(ask('POST /stocks', { body: { name: 'FISH', price, quantity: 1 } })).toMatch(
      /^rejected: price: expected a price/,
    );
  });
});

describe('orders', () => {
  const body = { name: 'FISH', quantity: 4, type: 'buy' };

  test('POST /orders places an order and answers its number; refused it is 404 and has none', () => {
    expect(ask('POST /orders', { body })).toEqual(
      write('orders', { type: 'place', name: 'FISH', quantity: 4, action: 'buy' }),
    );
    const theirs = { stock_name: 'FISH', quantity: body.quantity, type: 'Buy' };
    expect(ask('POST /orders', { body: theirs })).toEqual(ask('POST /orders', { body }));
    expect(ask('POST /orders', { body: { ...theirs, name: 'HARE' } })).toBe(
      'rejected: name: stock_name names another one',
    );
    expect(ask('POST /orders', { body: { ...theirs, stock_name: undefined } })).toMatch(/^rejected: /);
    expect(ask('POST /orders', { body, outcomes: [accepted({ number: 0 })] })).toEqual(ok({ transaction_number: 0 }));
    expect(ask('POST /orders', { body, outcomes: [refused('no stock FISH')] })).toEqual(no(404, 'no stock FISH'));
  });

  test.each([
    [{ ...body, quantity: 0 }, 'quantity'],
    [{ ...body, quantity: -1 }, 'quantity'],
    [{ ...body, quantity: 1.5 }, 'quantity'],
    [{ ...body, quantity: '4' }, 'quantity'],
    [{ ...body, quantity: 2 ** 53 }, 'quantity'],
    [{ ...body, quantity: 2 ** 32 + 1 }, 'quantity'],
    [{ ...body, type: 'steal' }, 'type'],
    [{ ...body, type: undefined }, 'type'],
    [{ ...body, name: '' }, 'name'],
    [{ ...body, name: 7 }, 'name'],
    ['FISH', 'body'],
    [[body], 'body'],
    [undefined, 'body'],
  ])('POST /orders refuses %j', (wrong, place) => {
    const plan = ask('POST /orders', { body: wrong });
    expect(plan).toMatch(new RegExp(`^rejected: ${place}: `));
  });

  test.each(['GET /orders/3', 'GET /orders?order_number=3'])('%s answers the order, or 404', (request) => {
    expect(ask(request)).toEqual(read('orders', { type: 'get', number: 3 }));
    expect(ask(request, { outcomes: [ORDER] })).toEqual(ok({ number: 3, name: 'FISH', type: 'buy', quantity: 4 }));
    expect(ask(request, { outcomes: [refused('no order 3')] })).toEqual(no(404, 'no order 3'));
  });

  test.each(['abc', '-1', '1.5', '1e3', '00', '+1', '%201', '9007199254740992'])(
    'no order has the number %j',
    (bad) => {
      expect(ask(`GET /orders/${bad}`)).toMatch(/^rejected: number: /);
      expect(ask(`GET /orders?order_number=${bad}`)).toMatch(/^rejected: order_number: /);
    },
  );

  test('GET /orders without a number lists all of them, or some after a number', () => {
    expect(ask('GET /orders')).toEqual(read('orders', { type: 'list' }, { list: true }));
    expect(ask('GET /orders?after=3&limit=2')).toEqual(
      read('orders', { type: 'list', after: 3, limit: 2 }, { list: true }),
    );
    expect(ask('GET /orders?limit=0')).toMatch(/^rejected: /);
    expect(ask('GET /orders?limit=10001')).toMatch(/^rejected: /);
    expect(ask('GET /orders', { outcomes: [accepted([{ number: 0 }])] })).toEqual(ok([{ number: 0 }]));
  });
});

describe('GET /leader', () => {
  const led = { ...BLIND, primaryOf: (group: string) => (group === 'orders' ? 's3' : 's2') };

  test('names whoever leads the orders', () => {
    expect(ask('GET /leader', { view: led })).toEqual(ok({ leader: 's3' }));
  });

  test('looks for one where none is known, and is 503 if that finds none', () => {
    expect(ask('GET /leader')).toEqual(read('orders', { type: 'get', number: 0 }, { fresh: true }));
    expect(ask('GET /leader', { outcomes: [ORDER], view: led })).toEqual(ok({ leader: 's3' }));
    expect(ask('GET /leader', { outcomes: [ORDER] })).toEqual(no(503, 'nobody leads the orders'));
  });
});

describe('the cache of a front end', () => {
  const view: FrontEndView = {
    ...BLIND,
    cache: () => ({
      size: 2,
      items: [
        { group: 'catalog', key: 'FISH', outcome: FISH, index: 7 },
        { group: 'catalog', key: 'HARE', outcome: refused('no stock HARE'), index: 5 },
      ],
      hits: 1,
      misses: 3,
      evictions: 1,
      invalidations: 2,
    }),
  };

  test('GET /cache shows it in order of use', () => {
    expect(ask('GET /cache', { view })).toEqual(
      ok({
        size: 2,
        items: [
          { ...CACHED, index: 7 },
          { name: 'HARE', unknown: true, index: 5 },
        ],
        hits: 1,
        misses: 3,
        evictions: 1,
        invalidations: 2,
      }),
    );
  });

  test('GET /rm forgets one stock or all, and says how many that were', () => {
    expect(ask('GET /rm?stock_name=FISH')).toEqual({ type: 'forget', key: 'FISH' });
    expect(ask('GET /rm')).toEqual({ type: 'forget', key: undefined });
    expect(ask('GET /rm', { outcomes: [accepted(2)] })).toEqual(ok({ removed: 2 }));
    expect(ask('GET /rm?stock_name=')).toMatch(/^rejected: stock_name: /);
  });

  test.each(['?name=FISH', '?stock=FISH', '?stock_name=FISH&all=1', '?__proto__=1', '?='])(
    'GET /rm%s forgets nothing: there is no such parameter',
    (query) => {
      expect(ask(`GET /rm${query}`)).toBe('rejected: path: expected no parameter but stock_name');
    },
  );

  test('GET /rm takes a question mark with nothing behind it for no parameter', () => {
    expect(ask('GET /rm?')).toEqual({ type: 'forget', key: undefined });
  });
});

function pathsOf(groups: readonly string[]): readonly string[] {
  return serverRoutesOf(groups).map(({ method, path }) => `${method} ${path}`);
}

describe('a data server', () => {
  test('has each path bare and, where it holds both groups, behind the name of its group besides', () => {
    const catalogPaths = ['GET /query', 'POST /trade', 'GET /books'];
    const orderPaths = ['GET /query', 'GET /trade', 'POST /sync', 'GET /ping', 'GET /test', 'GET /test1'];
    expect(pathsOf(['catalog'])).toEqual(catalogPaths);
    expect(pathsOf(['orders'])).toEqual(orderPaths);
    expect(pathsOf(['orders', 'catalog'])).toEqual([
      // One for both.
      'GET /query',
      ...[...catalogPaths, ...orderPaths].filter((path) => path !== 'GET /query'),
      ...catalogPaths.map((path) => path.replace(' ', ' /catalog')),
      ...orderPaths.map((path) => path.replace(' ', ' /orders')),
    ]);
    expect(bazaar.serverRoutes?.map(({ path }) => path)).toEqual(
      serverRoutesOf(['orders', 'catalog']).map(({ path }) => path),
    );
  });

  test('GET /query is the catalogue’s by a stock and the orders’ by a number', () => {
    expect(askServer('GET /query?stock_name=FISH')).toEqual(read('catalog', { type: 'get', name: 'FISH' }));
    expect(askServer('GET /query?stock_name=FISH', { outcomes: [FISH] })).toEqual(
      ok({ ...SHOWN, volume: 4, trade_volume: 4, limit: 500 }),
    );
    expect(askServer('GET /query?order_number=3')).toEqual(read('orders', { type: 'get', number: 3 }));
    expect(askServer('GET /query?order_number=3', { outcomes: [ORDER] })).toEqual(
      ok({ number: 3, name: 'FISH', type: 'buy', quantity: 4 }),
    );
    expect(askServer('GET /query?order_number=03')).toMatch(/^rejected: order_number: /);
    expect(askServer('GET /query?stock_name=')).toMatch(/^rejected: stock_name: /);
  });

  test.each(['stock_name=FISH', 'order_number=3'])('GET /query?%s of what there is not is 404', (query) => {
    expect(askServer(`GET /query?${query}`, { outcomes: [refused('none')] })).toEqual(no(404, 'none'));
  });

  test.each(['', '?', '?name=FISH', '?stock_name=FISH&order_number=3'])(
    'GET /query%s asks for neither or both',
    (query) => {
      expect(askServer(`GET /query${query}`)).toBe(
        'rejected: path: expected stock_name or order_number, one of the two',
      );
    },
  );

  test('/trade is an order by GET, and an operator’s trade by POST', () => {
    expect(askServer('GET /trade?stock_name=FISH&type=buy&quantity=4')).toEqual(
      write('orders', { type: 'place', name: 'FISH', quantity: 4, action: 'buy' }),
    );
    const body = { stock_name: 'FISH', action: 'buy', quantity: 4 };
    expect(askServer('POST /trade', { body })).toEqual(
      write('catalog', { type: 'adjust', name: 'FISH', action: 'buy', quantity: 4 }),
    );
    const destinationOf = destinationsIn(serverRoutesOf(['orders', 'catalog']));
    expect(['GET', 'POST'].map((method) => destinationOf(method, '/trade')?.signed)).toEqual([false, true]);
  });

  test('GET /catalog/query answers all that the catalogue knows, and is never cached', () => {
    expect(askServer('GET /catalog/query?stock_name=FISH')).toEqual(read('catalog', { type: 'get', name: 'FISH' }));
    expect(askServer('GET /catalog/query?stock_name=FISH', { outcomes: [FISH] })).toEqual(
      ok({ ...SHOWN, volume: 4, trade_volume: 4, limit: 500 }),
    );
    expect(askServer('GET /catalog/query')).toMatch(/^rejected: stock_name: /);
  });

  test('POST /catalog/trade is an operator’s, and shows what there is afterwards', () => {
    const body = { stock_name: 'FISH', action: 'sell', quantity: 4 };
    expect(
      serverRoutesOf(['orders', 'catalog'])
        .filter(({ signed }) => signed === true)
        .map(({ path }) => path),
    ).toEqual(['/trade', '/catalog/trade']);
    expect(askServer('POST /catalog/trade', { body })).toEqual(
      write('catalog', { type: 'adjust', name: 'FISH', action: 'sell', quantity: 4 }),
    );
    expect(askServer('POST /catalog/trade', { body, outcomes: [refused('overstock')] })).toEqual(no(404, 'overstock'));
    expect(askServer('POST /catalog/trade', { body, outcomes: [accepted()] })).toEqual(
      read('catalog', { type: 'get', name: 'FISH' }),
    );
    expect(askServer('POST /catalog/trade', { body, outcomes: [accepted(), FISH] })).toMatchObject(
      ok({ ...SHOWN, volume: 4, trade_volume: 4 }),
    );
  });

  test('GET /catalog/books shows the books as they are', () => {
    expect(askServer('GET /catalog/books')).toEqual(read('catalog', { type: 'books' }, { list: true }));
    expect(askServer('GET /catalog/books', { outcomes: [accepted([])] })).toEqual(ok([]));
  });

  test('GET /orders/trade writes, from what the query string says', () => {
    const request = 'GET /orders/trade?stock_name=FISH&type=sell&quantity=4';
    expect(askServer(request)).toEqual(write('orders', { type: 'place', name: 'FISH', quantity: 4, action: 'sell' }));
    expect(askServer(request, { outcomes: [accepted({ number: 7 })] })).toEqual(ok({ transaction_number: 7 }));
    expect(askServer(request, { outcomes: [refused('no stock FISH')] })).toEqual(no(404, 'no stock FISH'));
    expect(askServer('GET /orders/trade?stock_name=FISH&quantity=4')).toMatch(/^rejected: type: /);
  });

  test.each(['0', '-1', '1.5', 'x', '', '9007199254740992'])('GET /orders/trade takes no quantity %j', (quantity) => {
    const target = `/orders/trade?stock_name=FISH&type=sell&quantity=${quantity}`;
    expect(askServer(`GET ${target}`)).toMatch(/^rejected: quantity: /);
  });

  test('POST /orders/sync answers orders from a number on, and believes nothing', () => {
    const body = { since: 2, number: 2, name: 'FISH', type: 'buy', quantity: 1_000 };
    expect(askServer('POST /orders/sync', { body })).toEqual(read('orders', { type: 'since', number: 2 }));
    const since = { orders: [], count: 2 };
    expect(askServer('POST /orders/sync', { body, outcomes: [accepted(since)] })).toEqual(ok(since));
    expect(askServer('POST /orders/sync', { body: { number: 2 } })).toMatch(/^rejected: since: /);
  });

  test('GET /orders/query, /orders/ping and /orders/test1 answer an order, a sign of life and an example', () => {
    expect(askServer('GET /orders/query?order_number=3', { outcomes: [ORDER] })).toEqual(
      ok({ number: 3, name: 'FISH', type: 'buy', quantity: 4 }),
    );
    expect(askServer('GET /orders/ping')).toEqual(ok({ alive: true }));
    expect(askServer('GET /orders/test1')).toEqual(ok({ number: 0, name: 'EXAMPLE', type: 'buy', quantity: 1 }));
  });

  test('GET /orders/test asks both groups, and shows the stock named or the first', () => {
    expect(askServer('GET /orders/test')).toEqual(read('orders', { type: 'get', number: 0 }, { fresh: true }));
    const both = [refused('no order 0')];
    expect(askServer('GET /orders/test', { outcomes: both })).toEqual(
      read('catalog', { type: 'list', limit: 1 }, { fresh: true }),
    );
    const list = accepted([{ name: 'FISH', price: 1599, quantity: 96, volume: 4 }]);
    expect(askServer('GET /orders/test', { outcomes: [...both, list] })).toEqual(ok(SHOWN));
    expect(askServer('GET /orders/test', { outcomes: [...both, accepted([])] })).toEqual(no(404, 'no stock is listed'));
    expect(askServer('GET /orders/test?stock_name=FISH', { outcomes: both })).toEqual(
      read('catalog', { type: 'get', name: 'FISH' }, { fresh: true }),
    );
    expect(askServer('GET /orders/test?stock_name=FISH', { outcomes: [...both, FISH] })).toEqual(ok(SHOWN));
  });
});

test('whatever is posted, it is refused with a reason or becomes a command or query its group can read', () => {
  const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1.5, 2 ** 53, '1', null));
  const text = fc.oneof(fc.string(), fc.constantFrom('buy', 'sell'));
  const shaped = fc.record(
    {
      name: text,
      stock_name: text,
      type: text,
      action: text,
      quantity: number,
      price: number,
      limit: number,
      since: number,
    },
    { requiredKeys: [] },
  );
  const path = fc.constantFrom('/stocks', '/orders', '/catalog/trade', '/orders/sync', '/trade');
  let sent = 0;
  fc.assert(
    fc.property(path, fc.oneof(hostileJson, shaped), (posted, body) => {
      const routes = ['/stocks', '/orders'].includes(posted) ? frontEnd : dataServer;
      const plan = ask(`POST ${posted}`, { body }, routes);
      if (typeof plan === 'string') {
        expect(plan).toMatch(/^rejected: ./);
        return;
      }
      if (plan.type === 'forget' || plan.type === 'answer') throw new Error(`${posted} asks a group`);
      sent += 1;
      const app = plan.group === 'orders' ? orders : catalog;
      const decoded = plan.type === 'write' ? app.decode(plan.command) : app.decodeQuery(plan.query);
      expect(decoded.type).toBe('decoded');
    }),
    { numRuns: 1_500 },
  );
  expect(sent).toBeGreaterThan(0);
});

test('whatever stands in a path or a query string, it is refused with a reason or becomes what its group can read', () => {
  const part = fc.oneof(
    fc.string({ maxLength: 30 }).map(encodeURIComponent),
    fc.string({ unit: fc.constantFrom('%', '&', '=', '+', ';', '#', '?', '/', '.', '0', 'a', 'é'), maxLength: 12 }),
    fc.constantFrom('0', '-1', 'buy', 'FISH', '%ff', '__proto__', '9'.repeat(400)),
  );
  const key = fc.oneof(part, fc.constantFrom('stock_name', 'order_number', 'type', 'quantity'));
  const query = fc
    .array(fc.tuple(key, part), { maxLength: 4 })
    .map((all) => all.map((pair) => pair.join('=')).join('&'));
  const ofServers = ['/query', '/trade', '/catalog/query', '/orders/query', '/orders/trade', '/orders/test'];
  const paths = ['/stocks', '/orders', '/rm', ...ofServers];
  const path = fc.oneof(
    fc.constantFrom(...paths),
    fc.tuple(fc.constantFrom('/stocks', '/orders'), part).map((all) => all.join('/')),
  );
  fc.assert(
    fc.property(fc.constantFrom(frontEnd, dataServer), path, query, (routes, asked, queried) => {
      const plan = ask(`GET ${asked}?${queried}`, {}, routes);
      if (typeof plan === 'string' || plan.type === 'forget') return;
      if (plan.type === 'answer') throw new Error(`${asked} asks a group`);
      const app = plan.group === 'orders' ? orders : catalog;
      const decoded = plan.type === 'write' ? app.decode(plan.command) : app.decodeQuery(plan.query);
      expect(decoded.type).toBe('decoded');
    }),
    { numRuns: 2_000 },
  );
});
