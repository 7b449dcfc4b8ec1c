import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { catalog, type CatalogState, type StockRecord } from '../../../src/apps/bazaar/catalog.ts';
import { CENTS_AT_MOST, centsOf, priceOf } from '../../../src/apps/bazaar/money.ts';
import { orders, ORDERS_LISTED_AT_MOST, type OrdersState } from '../../../src/apps/bazaar/orders.ts';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { accepted, type EntryContext, type Outcome, refused } from '../../../src/protocol/model/app.ts';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';

const CONTEXT: EntryContext = { index: 1, epoch: NO_EPOCH, lamport: 1, wall: 0, uuid: 'u' };
const MOST = Number.MAX_SAFE_INTEGER;

type CatalogCommand = Parameters<typeof catalog.apply>[1];
type Place = Parameters<typeof orders.apply>[1];

function keep(
  state: CatalogState,
  command: CatalogCommand,
): { readonly state: CatalogState; readonly outcome: Outcome } {
  const step = catalog.apply(state, command, CONTEXT);
  if ('call' in step) throw new Error('the catalogue calls nobody');
  return step;
}

function place(state: OrdersState, command: Place) {
  return orders.apply(state, command, CONTEXT);
}

function resume(state: OrdersState, command: Place, outcome: Outcome) {
  if (orders.resume === undefined) throw new Error('orders resume');
  return orders.resume(state, command, outcome, CONTEXT);
}

const LISTED = keep(catalog.initial, { type: 'list', name: 'FISH', price: 1599, quantity: 100 }).state;
const LIMITED = keep(LISTED, { type: 'list', name: 'BOAR', price: 5, quantity: 3, volume: 7, limit: 4 }).state;
const BUY_4 = { type: 'trade', name: 'FISH', quantity: 4, action: 'buy' } as const;

describe('the catalogue', () => {
  test('a listed stock has its shares and its price; names are listed in their order', () => {
    expect(catalog.read(LIMITED, { type: 'get', name: 'FISH' })).toEqual(
      accepted({ name: 'FISH', price: 1599, quantity: 100, volume: 0 }),
    );
    expect(catalog.read(LIMITED, { type: 'list' })).toEqual(
      accepted([
        { name: 'BOAR', price: 5, quantity: 3, volume: 7, limit: 4 },
        { name: 'FISH', price: 1599, quantity: 100, volume: 0 },
      ]),
    );
    expect(catalog.read(catalog.initial, { type: 'list' })).toEqual(accepted([]));
    expect(catalog.read(LISTED, { type: 'get', name: 'BOAR' })).toEqual(refused('no stock BOAR'));
  });

  test('a stock is listed once, and within its limit', () => {
    expect(keep(LISTED, { type: 'list', name: 'FISH', price: 1, quantity: 1 })).toEqual({
      state: LISTED,
      outcome: refused('FISH is listed already'),
    });
    expect(keep(LISTED, { type: 'list', name: 'BOAR', price: 1, quantity: 5, limit: 4 })).toEqual({
      state: LISTED,
      outcome: refused('BOAR: 5 are more than its limit of 4'),
    });
  });

  test('buying takes shares out, selling puts them in, and both are volume', () => {
    const bought = keep(LISTED, BUY_4);
    expect(bought.outcome).toEqual(accepted(null));
    const sold = keep(bought.state, { ...BUY_4, quantity: 1, action: 'sell' }).state;
    expect(catalog.read(sold, { type: 'get', name: 'FISH' })).toMatchObject({ value: { quantity: 97, volume: 5 } });
    expect(catalog.read(sold, { type: 'books' })).toEqual(
      accepted([{ name: 'FISH', listed: 100, bought: 4, sold: 1, adjusted: 0, quantity: 97 }]),
    );
  });

  test('what an operator trades is in the books by itself', () => {
    const taken = keep(LISTED, { ...BUY_4, type: 'adjust' }).state;
    const given = keep(taken, { ...BUY_4, type: 'adjust', quantity: 10, action: 'sell' }).state;
    expect(catalog.read(given, { type: 'books' })).toEqual(
      accepted([{ name: 'FISH', listed: 100, bought: 0, sold: 0, adjusted: 6, quantity: 106 }]),
    );
    expect(catalog.read(given, { type: 'get', name: 'FISH' })).toMatchObject({ value: { volume: 14 } });
  });

  test.each([
    [{ name: 'HARE' }, 'no stock HARE'],
    [{ quantity: 101 }, 'insufficient stock: FISH has 100 left'],
    [{ name: 'BOAR', quantity: 2, action: 'sell' as const }, 'overstock: BOAR has 3 and may have 4'],
    [{ quantity: MOST, action: 'sell' as const }, `overstock: FISH has 100 and may have ${MOST}`],
    [{ name: 'BOAR', quantity: MOST }, 'more of BOAR has changed hands than can be counted'],
  ])('a trade with %j is refused, and nothing changes', (change, reason) => {
    for (const type of ['trade', 'adjust'] as const) {
      expect(keep(LIMITED, { ...BUY_4, type, ...change })).toEqual({ state: LIMITED, outcome: refused(reason) });
    }
  });

  test('up to its limit a stock is sold, and down to nothing bought', () => {
    const full = keep(LIMITED, { ...BUY_4, name: 'BOAR', quantity: 1, action: 'sell' });
    expect(full.outcome).toEqual(accepted());
    const empty = keep(full.state, { ...BUY_4, name: 'BOAR' });
    expect(catalog.read(empty.state, { type: 'get', name: 'BOAR' })).toMatchObject({ value: { quantity: 0 } });
    expect(keep(empty.state, { ...BUY_4, name: 'BOAR', quantity: 1 }).outcome).toMatchObject({ type: 'refused' });
  });

  test('every command invalidates the stock that it names, and no other', () => {
    const list: CatalogCommand = { type: 'list', name: 'BOAR', price: 1, quantity: 1 };
    expect([list, BUY_4, { ...BUY_4, type: 'adjust' as const }].map((it) => catalog.invalidates?.(it))).toEqual([
      ['BOAR'],
      ['FISH'],
      ['FISH'],
    ]);
  });

  test.each([
    { type: 'list', name: '', price: 1, quantity: 1 },
    { type: 'list', name: 'x'.repeat(201), price: 1, quantity: 1 },
    { type: 'list', name: 'x', price: 0.5, quantity: 1 },
    { type: 'list', name: 'x', price: -1, quantity: 1 },
    { type: 'list', name: 'x', price: CENTS_AT_MOST + 1, quantity: 1 },
    { type: 'list', name: 'x', price: 1, quantity: -1 },
    { type: 'list', name: 'x', price: 1, quantity: 1, limit: 1.5 },
    { type: 'list', name: 'x', price: 1, quantity: 1, volume: '0' },
    { type: 'trade', name: 'x', quantity: 0, action: 'buy' },
    { type: 'trade', name: 'x', quantity: 2 ** 53, action: 'buy' },
    { type: 'trade', name: 'x', quantity: 1, action: 'steal' },
    { type: 'place', name: 'x', quantity: 1, action: 'buy' },
    null,
    [],
  ])('%j is no command', (command) => {
    expect(catalog.decode(command)).toMatchObject({ type: 'rejected' });
  });

  test.each([
    ['no stock is oversold or overstocked', { quantity: -1, listed: -1 }],
    ['no stock is oversold or overstocked', { limit: 99 }],
    ['the quantity of a stock follows from its books', { quantity: 99 }],
    ['orders have traded no more than the total volume', { bought: 1, sold: 1, volume: 1 }],
  ])('a state in which it is false that %s is found out', (name, change) => {
    const good = LISTED.stocks.get('FISH');
    if (good === undefined) throw new Error('there is a stock');
    const bad: CatalogState = { stocks: Map<string, StockRecord>([['FISH', { ...good, ...change }]]) };
    expect(catalog.invariants.filter((it) => it.broken(bad) !== undefined).map((it) => it.name)).toEqual([name]);
    expect(catalog.invariants.every((it) => it.broken(LIMITED) === undefined)).toBe(true);
  });
});

const PLACE: Place = { type: 'place', name: 'FISH', quantity: 4, action: 'buy' };
const PLACED = place(orders.initial, PLACE).state;

describe('orders', () => {
  test('an order is pending until the catalogue has traded', () => {
    const { state, ...decided } = place(orders.initial, PLACE);
    expect(decided).toEqual({ call: { group: 'catalog', command: BUY_4 } });
    expect(state.pending).toEqual(Map([['FISH', { bought: 4, sold: 0 }]]));
    expect(orders.read(state, { type: 'get', number: 0 })).toEqual(refused('no order 0'));
  });

  test('an order whose trade was made gets the next number, from 0', () => {
    const first = resume(PLACED, PLACE, accepted());
    expect(first).toMatchObject({ outcome: accepted({ number: 0 }) });
    expect(first.state.pending).toEqual(Map());
    const sale: Place = { ...PLACE, quantity: 1, action: 'sell' };
    const second = resume(place(first.state, sale).state, sale, accepted());
    expect(second).toMatchObject({ outcome: accepted({ number: 1 }) });
    expect(orders.read(second.state, { type: 'get', number: 1 })).toEqual(
      accepted({ number: 1, name: 'FISH', type: 'sell', quantity: 1 }),
    );
  });

  test('a refused order uses no number, whichever is decided first', () => {
    const other: Place = { ...PLACE, name: 'HARE' };
    const both = place(PLACED, other).state;
    const no = resume(both, other, refused('no stock HARE'));
    expect(no).toMatchObject({ outcome: refused('no stock HARE') });
    expect(no.state).toEqual(PLACED);
    expect(resume(no.state, PLACE, accepted())).toMatchObject({ outcome: accepted({ number: 0 }) });
  });

  test('two orders of one stock are pending together, and each is settled by itself', () => {
    const sale: Place = { ...PLACE, quantity: 2, action: 'sell' };
    const both = place(PLACED, sale).state;
    expect(both.pending).toEqual(Map([['FISH', { bought: 4, sold: 2 }]]));
    expect(resume(both, PLACE, accepted()).state.pending).toEqual(Map([['FISH', { bought: 0, sold: 2 }]]));
  });

  test('more than can be counted is not on order', () => {
    const most: Place = { ...PLACE, quantity: MOST };
    expect(place(PLACED, most)).toEqual({
      state: PLACED,
      outcome: refused('more of FISH is on order than can be counted'),
    });
    expect(place(orders.initial, most)).toMatchObject({ call: { group: 'catalog' } });
  });

  test('orders since a number come a thousand at a time, with how many there are', () => {
    const all = List(Array.from({ length: 1_002 }, (_, number) => row(number)));
    const state: OrdersState = { ...orders.initial, orders: all };
    expect(orders.read(state, { type: 'since', number: 1_000 })).toEqual(
      accepted({ orders: [row(1_000), row(1_001)], count: 1_002 }),
    );
    expect(orders.read(state, { type: 'since', number: 1 })).toEqual(
      accepted({ orders: Array.from({ length: ORDERS_LISTED_AT_MOST }, (_, at) => row(at + 1)), count: 1_002 }),
    );
    expect(orders.read(state, { type: 'since', number: MOST })).toEqual(accepted({ orders: [], count: 1_002 }));
  });

  test.each([
    ['order numbers are dense', { orders: List([row(1)]) }],
    ['an order is of at least one share', { orders: List([{ ...row(0), quantity: 0 }]) }],
    ['a pending trade is of at least one share', { pending: Map([['FISH', { bought: 0, sold: 0 }]]) }],
    ['a pending trade is of at least one share', { pending: Map([['FISH', { bought: 2, sold: -1 }]]) }],
  ])('a state in which it is false that %s is found out', (name, change) => {
    const bad = { ...orders.initial, ...change };
    expect(orders.invariants.filter((it) => it.broken(bad) !== undefined).map((it) => it.name)).toEqual([name]);
    expect(orders.invariants.every((it) => it.broken(PLACED) === undefined)).toBe(true);
  });
});

function row(number: number) {
  return { number, name: 'FISH', type: 'buy' as const, quantity: 4 };
}

describe('between the groups', () => {
  const [invariant] = bazaar.invariants;
  const confirmed = resume(PLACED, PLACE, accepted()).state;
  const traded = keep(LISTED, BUY_4).state;

  test('what is pending may be traded or not traded yet', () => {
    expect(invariant?.broken({ orders: PLACED, catalog: LISTED })).toBeUndefined();
    expect(invariant?.broken({ orders: PLACED, catalog: traded })).toBeUndefined();
    expect(invariant?.broken({ orders: confirmed, catalog: traded })).toBeUndefined();
  });

  test('an order that nobody traded, and a trade that nobody ordered, are found out', () => {
    expect(invariant?.broken({ orders: confirmed, catalog: LISTED })).toBe(
      'FISH: 0 bought by the books, 4 by confirmed orders, 0 pending',
    );
    expect(invariant?.broken({ orders: orders.initial, catalog: traded })).toBe(
      'FISH: 4 bought by the books, 0 by confirmed orders, 0 pending',
    );
    const twice = keep(traded, BUY_4).state;
    expect(invariant?.broken({ orders: place(confirmed, { ...PLACE, quantity: 3 }).state, catalog: twice })).toBe(
      'FISH: 8 bought by the books, 4 by confirmed orders, 3 pending',
    );
    expect(invariant?.broken({ orders: confirmed, catalog: catalog.initial })).toBe(
      'there are orders of FISH, and there is no such stock',
    );
    expect(invariant?.broken({ orders: confirmed })).toBe('a group has no state');
  });

  test('buying and selling do not make up for each other', () => {
    const back = keep(traded, { ...BUY_4, action: 'sell' }).state;
    expect(invariant?.broken({ orders: orders.initial, catalog: back })).toMatch(/^FISH: 4 bought/);
  });

  test('what an operator trades is nobody else’s order', () => {
    expect(
      invariant?.broken({ orders: orders.initial, catalog: keep(LISTED, { ...BUY_4, type: 'adjust' }).state }),
    ).toBeUndefined();
  });
});

describe('money', () => {
  test.each([
    [15.99, 1599],
    [0, 0],
    [-0, 0],
    [0.07, 7],
    [1.1, 110],
    [4.35, 435],
    [9_999_999_999_999.99, CENTS_AT_MOST],
  ])('%d is %i cents, and comes back as it was', (price, cents) => {
    expect(centsOf(price)).toBe(cents);
    expect(priceOf(cents)).toBe(price + 0);
  });

  test.each([-0.01, 0.001, 1.999, 10_000_000_000_000, Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    '%d is no price',
    (price) => {
      expect(centsOf(price)).toBeUndefined();
    },
  );

  test('any number of cents survives the way to a client, as text, and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: CENTS_AT_MOST }), (cents) => {
        const text = JSON.stringify(priceOf(cents));
        expect(text).toMatch(/^\d{1,13}(\.\d{1,2})?$/);
        expect(centsOf(Number(text))).toBe(cents);
      }),
      { numRuns: 2_000 },
    );
  });
});
