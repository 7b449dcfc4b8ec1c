import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { CATALOG, catalog, type StockRecord } from '../../../src/apps/bazaar/catalog.ts';
import { bazaarHistory } from '../../../src/apps/bazaar/history.ts';
import { ORDERS, orders, type OrdersState } from '../../../src/apps/bazaar/orders.ts';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { bazaarWorkload } from '../../../src/apps/bazaar/workload.ts';
import type { App } from '../../../src/protocol/model/app.ts';
import type { ClientOperation } from '../../../src/sim/base/history.ts';
import { historyEvents } from '../../../src/sim/judges/history-lines.ts';
import { judgeLinearizable } from '../../../src/sim/judges/linearizable.ts';
import { plantedService } from '../../../src/sim/workloads/index.ts';
import { get, type Workload } from '../../../src/sim/workloads/workload.ts';
import { planOf, runPlan } from '../../support/sim/bundled.ts';

/** A bazaar of one server and one front end, with two busy clients. */
function busy(mix: Record<string, number> = {}) {
  const workload = { clients: 4, requests: 24, think: 10, mix };
  return planOf({ service: 'bazaar', servers: 1, frontEnds: 1, horizon: 2_500, workload });
}

describe('the workload of the bazaar', () => {
  test('asks for every kind in both forms, and gets what the service says and nothing else.', () => {
    const { history, violation } = runPlan({ ...busy(), seed: 4 });
    expect(violation).toBeUndefined();
    const asked = new Set(history.map(({ call }) => `${call.method} ${call.path.replace(/(=|s\/).*/, '$1…')}`));
    expect([...asked].sort()).toEqual([
      'GET /orders/…',
      'GET /orders?order_number=…',
      'GET /rm',
      'GET /rm?stock_name=…',
      'GET /stocks',
      'GET /stocks/…',
      'GET /stocks?stock_name=…',
      'POST /orders',
      'POST /stocks',
    ]);
    const statuses = new Set(history.map(({ result }) => (result?.type === 'answered' ? result.status : 0)));
    expect(statuses).toEqual(new Set([200, 400, 404]));
  });

  test('teaches clients how many stocks are listed, by whoever it was, and how many orders there are.', () => {
    const known = new globalThis.Map<string, number>();
    const list = { method: 'POST', path: '/stocks', body: { name: 'Potion' }, session: false } as const;
    bazaarWorkload.learn(list, 400, '{"error":{"code":400,"message":"Potion is listed already"}}', known);
    expect(known.get('stocks')).toBe(3);
    const late = { ...list, body: { name: 'Shield' } };
    bazaarWorkload.learn(late, 410, '{"error":{"code":410,"message":"the uuid has expired"}}', known);
    expect(known.get('stocks')).toBe(3);
    const order = { ...list, path: '/orders' };
    bazaarWorkload.learn(order, 200, '{"data":{"transaction_number":4}}', known);
    bazaarWorkload.learn(order, 200, '{"data":{"transaction_number":2}}', known);
    bazaarWorkload.learn(order, 404, '{"error":{"code":404,"message":"no stock Potion"}}', known);
    expect(known.get('orders')).toBe(5);
  });
});

const FISH: StockRecord = {
  name: 'Fish',
  price: 100,
  quantity: 6,
  volume: 4,
  listed: 10,
  bought: 4,
  sold: 0,
  adjusted: 0,
};
const BOUGHT: OrdersState = {
  orders: List([{ number: 0, name: 'Fish', type: 'buy', quantity: 4 }]),
  pending: Map(),
};

function atRest(ordered: OrdersState, stock: StockRecord): string | undefined {
  return bazaarWorkload.atRest({ [ORDERS]: ordered, [CATALOG]: { stocks: Map([[stock.name, stock]]) } });
}

describe('a bazaar at rest', () => {
  test('has no order that waits, and as many shares as its orders leave.', () => {
    expect(atRest(BOUGHT, FISH)).toBeUndefined();
    expect(atRest(BOUGHT, { ...FISH, quantity: 7 })).toBe('there are 7 of Fish, and its orders leave 6');
    expect(atRest(BOUGHT, { ...FISH, adjusted: 1 })).toBe('there are 6 of Fish, and its orders leave 7');
    expect(atRest({ ...BOUGHT, pending: Map({ Fish: { bought: 1, sold: 0 } }) }, FISH)).toBe(
      'orders of Fish still wait for the catalogue, and nothing is under way',
    );
    expect(bazaarWorkload.atRest({})).toBe('a group has no state');
  });
});

/** Why the judge of invariants condemns a bazaar with another app in the place of the one of that name. */
function reasonAgainst(broken: App): string | undefined {
  const apps = bazaar.apps.map((app) => (app.name === broken.name ? broken : app));
  const workloads: readonly Workload[] = [{ ...bazaarWorkload, service: { ...bazaar, apps } }];
  const { violation } = runPlan(busy({ list: 1, buy: 6, sell: 3 }), { workloads });
  return violation?.judge === 'app-invariants' ? violation.reason : undefined;
}

describe('a bazaar that is broken is found out:', () => {
  test('its order numbers have a gap.', () => {
    const gapped: typeof orders = {
      ...orders,
      resume(before, command, outcome, context) {
        const step = orders.resume?.(before, command, outcome, context);
        if (step === undefined) throw new Error('orders are resumed');
        const moved = step.state.orders.map((order) => (order.number === 0 ? order : { ...order, number: 7 }));
        return { ...step, state: { ...step.state, orders: moved } };
      },
    };
    expect(reasonAgainst(gapped)).toMatch(/order numbers are dense: order 1 calls itself 7$/);
  });

  test('shares are sold that nobody has.', () => {
    const { violation } = runPlan(
      { ...busy({ list: 1, buy: 12 }), seed: 4 },
      { planted: new Set(['checks-stock-only-when-asked']) },
    );
    expect(violation).toMatchObject({ judge: 'app-invariants' });
    expect(violation?.reason).toContain('no stock is oversold or overstocked');
  });

  test('a trade is accepted and not booked.', () => {
    const forgetful: typeof catalog = {
      ...catalog,
      apply(state, command, context) {
        const step = catalog.apply(state, command, context);
        return command.type === 'trade' ? { ...step, state } : step;
      },
    };
    expect(reasonAgainst(forgetful)).toMatch(
      /^bazaar, shares traded are shares ordered: \w+: 0 (bought|sold) by the books, \d/,
    );
  });

  test('shares vanish from a stock.', () => {
    const leaky: typeof catalog = {
      ...catalog,
      apply(state, command, context) {
        const step = catalog.apply(state, command, context);
        const stock = step.state.stocks.get(command.name);
        if (command.type !== 'trade' || stock === undefined || stock.quantity === 0) return step;
        return {
          ...step,
          state: { stocks: step.state.stocks.set(stock.name, { ...stock, quantity: stock.quantity - 1 }) },
        };
      },
    };
    expect(reasonAgainst(leaky)).toContain('the quantity of a stock follows from its books: {"name":"');
  });

  test('and a service that has no version of the bug stays as it is.', () => {
    const planted = new Set(['checks-stock-only-when-asked' as const]);
    expect(plantedService({ ...bazaarWorkload, mutants: {} }, planted)).toBe(bazaar);
    expect(plantedService(bazaarWorkload, planted)).not.toBe(bazaar);
  });
});

let operations = 0;

function operation(
  client: string,
  calledAt: number,
  [method, path, body]: readonly ['GET' | 'POST', string, ClientOperation['call']['body']?],
  answer: { readonly status: number; readonly body: unknown; readonly fromCache?: boolean },
): ClientOperation {
  operations += 1;
  return {
    number: operations,
    client,
    call: { method, path, body, session: false },
    key: undefined,
    token: undefined,
    calledAt,
    uuids: [],
    expect: undefined,
    attempts: 1,
    result: { type: 'answered', at: calledAt + 5, token: '', ...answer, body: JSON.stringify(answer.body) },
  };
}

const listed = operation('c1', 10, ['POST', '/stocks', { name: 'Fish', price: 1, quantity: 10 }], {
  status: 200,
  body: { data: { name: 'Fish' } },
});
const bought = operation('c1', 20, ['POST', '/orders', { name: 'Fish', type: 'buy', quantity: 4 }], {
  status: 200,
  body: { data: { transaction_number: 0 } },
});

function finds(client: string, at: number, quantity: number, path = '/stocks/Fish'): ClientOperation {
  return operation(client, at, ['GET', path], { status: 200, body: { data: { name: 'Fish', price: 1, quantity } } });
}

function refusal(status: number, message: string): { readonly status: number; readonly body: unknown } {
  return { status, body: { error: { code: status, message } } };
}

function verdictOf(...more: readonly ClientOperation[]): string {
  return judgeLinearizable(bazaarHistory, [listed, bought, ...more]).verdict;
}

function buys(quantity: number): readonly ['POST', string, ClientOperation['call']['body']] {
  return ['POST', '/orders', { name: 'Fish', type: 'buy', quantity }];
}

describe('what clients of the bazaar saw', () => {
  const all = (quantity: number): ClientOperation =>
    operation('c2', 30, ['GET', '/stocks'], { status: 200, body: { data: [{ name: 'Fish', price: 1, quantity }] } });
  const order = (path: string, quantity: number): ClientOperation =>
    operation('c2', 30, ['GET', path], {
      status: 200,
      body: { data: { number: 0, name: 'Fish', type: 'buy', quantity } },
    });
  test.each<[string, ClientOperation, ClientOperation]>([
    ['a stock', finds('c2', 30, 6), finds('c2', 30, 10)],
    [
      'a stock by the query string',
      finds('c2', 30, 6, '/stocks?stock_name=Fish'),
      finds('c2', 30, 10, '/stocks?stock_name=Fish'),
    ],
    ['all stocks', all(6), all(10)],
    ['an order', order('/orders/0', 4), order('/orders/0', 3)],
    ['an order by the query string', order('/orders?order_number=0', 4), order('/orders?order_number=0', 3)],
    [
      'that an order has no number yet',
      operation('c2', 30, ['GET', '/orders/1'], refusal(404, 'no order 1')),
      operation('c2', 30, ['GET', '/orders/0'], refusal(404, 'no order 0')),
    ],
    [
      'that there is too little',
      operation('c2', 30, buys(8), refusal(404, 'insufficient stock: Fish has 6 left')),
      operation('c2', 30, buys(8), refusal(404, 'insufficient stock: Fish has 5 left')),
    ],
    [
      'that there is no such stock',
      operation('c2', 30, ['GET', '/stocks/Boar'], refusal(404, 'no stock Boar')),
      operation('c2', 30, buys(1), refusal(404, 'no stock Fish')),
    ],
    [
      'the number of an order',
      operation('c2', 30, buys(1), { status: 200, body: { data: { transaction_number: 1 } } }),
      operation('c2', 30, buys(1), { status: 200, body: { data: { transaction_number: 2 } } }),
    ],
    [
      'that a stock is listed',
      operation('c2', 30, ['POST', '/stocks', { name: 'Fish', quantity: 3 }], refusal(400, 'Fish is listed already')),
      operation('c2', 30, ['POST', '/stocks', { name: 'Boar', quantity: 3 }], refusal(400, 'Boar is listed already')),
    ],
  ])('is held against what happened: %s.', (_, right, wrong) => {
    expect(verdictOf(right)).toBe('ok');
    expect(verdictOf(wrong)).toBe('illegal');
  });

  test('says nothing where it came from a cache, was nonsense, or is about what a front end keeps.', () => {
    const old = finds('c2', 30, 10);
    const kept: ClientOperation = { ...old, result: { ...answeredOf(old), fromCache: true } };
    expect(verdictOf(kept)).toBe('ok');
    expect(verdictOf({ ...kept, call: { ...kept.call, linearizable: true } })).toBe('illegal');
    const nonsense = operation('c3', 30, ['POST', '/orders', { name: 'Fish', quantity: 1.5, type: 'buy' }], {
      ...refusal(400, 'quantity: expected a whole number, at least 1'),
    });
    const removed = operation('c4', 30, ['GET', '/rm?stock_name=Fish'], {
      status: 200,
      body: { data: { removed: 1 } },
    });
    expect(historyEvents(bazaarHistory, [kept, nonsense, removed])).toEqual([]);
  });

  test.each(['/stocks?after=Fish', '/stocks?limit=1', '/orders', '/orders?after=0'])(
    'says nothing of %s, which answers more or less than the model reads.',
    (path) => expect(bazaarHistory.asked(get(path))).toBeUndefined(),
  );
});

function answeredOf({ result }: ClientOperation): Extract<ClientOperation['result'], { readonly type: 'answered' }> {
  if (result?.type !== 'answered') throw new Error('it was answered');
  return result;
}
