import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, test } from 'vitest';
import { type Ledger, problemsIn } from '../../src/cli/client-bazaar-ledgers.ts';
import { readOrders, showOrders } from '../../src/cli/client-bazaar-order-file.ts';
import { compareOrders, givenTwice, showMatch } from '../../src/cli/client-bazaar-orders.ts';
import { queryOrder, queryStock, trade } from '../../src/cli/client-bazaar-repeat.ts';
import { type BazaarRun, runBazaar } from '../../src/cli/client-bazaar-run.ts';
import { showReportWithTable } from '../../src/cli/client-report.ts';
import { type Lie, openBazaarStub } from './bazaar-stub.ts';

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function open(lie?: Lie): Promise<readonly string[]> {
  const stub = await openBazaarStub(lie);
  opened.push(stub);
  return [stub.base];
}

const QUIET = { deadline: 5_000, quiet: true };

async function run(options: { lie?: Lie; perMille?: number; seed?: number }): Promise<BazaarRun> {
  const { lie, perMille = 500, seed = 7 } = options;
  return runBazaar({ ...QUIET, frontEnds: await open(lie), iterations: 10, clients: 3, perMille, seed });
}

/** What one client orders. */
async function ordersOf(seed: number): Promise<BazaarRun['orders']> {
  const options = { ...QUIET, frontEnds: await open(), iterations: 12, clients: 1, perMille: 800, seed };
  return (await runBazaar(options)).orders;
}

const first = { number: 0, name: 'PEAR', type: 'buy', quantity: 3 } as const;
const second = { number: 1, name: 'PLUM', type: 'sell', quantity: 1 } as const;

describe('client bazaar run', () => {
  it('looks and trades, and finds every order as it was placed', async () => {
    const { report, orders } = await run({});
    expect(report.problems).toEqual([]);
    expect(report.lines[0]).toMatch(/^30 queries by 3 clients in \d+\.\d s, seed 7$/);
    expect(report.lines.slice(1)).toEqual([
      `${orders.length} orders placed, ${(report.timings['trade']?.count ?? 0) - orders.length} refused, 0 surprises`,
      `${orders.length} orders: order info match with local`,
    ]);
    expect(orders.length).toBeGreaterThan(5);
    expect(Object.keys(report.timings)).toEqual(['query hit', 'query miss', 'trade', 'order']);
    expect((report.timings['query hit']?.count ?? 0) + (report.timings['query miss']?.count ?? 0)).toBe(30);
    expect(report.timings['order']?.count).toBe(orders.length);
  });

  it('only looks where nothing is to be traded, and trades after every look where all is', async () => {
    expect((await run({ perMille: 0 })).report.timings['trade']).toBeUndefined();
    expect((await run({ perMille: 1_000 })).report.timings['trade']?.count).toBeGreaterThan(20);
  });

  it('chooses by its seed', async () => {
    expect(await ordersOf(1)).toEqual(await ordersOf(1));
    expect(await ordersOf(1)).not.toEqual(await ordersOf(2));
  });

  it.each([
    ['alters', /^order 0 is (buy|sell) (\d+) of (\w+) here, and there: \1 \d+ of \3$/],
    ['forgets', /^order 1 is \w+ \d+ of \w+ here, and there: refused with 404: no order 1$/],
    ['repeats', /^the number 0 was given to two orders$/],
    ['closes', /^POST \/orders \{.*\}: refused with 400: closed$/],
  ] as const)('finds out a bazaar that %s', async (lie, problem) => {
    const { report } = await run({ lie });
    expect(report.problems).toContainEqual(expect.stringMatching(problem));
    if (lie === 'alters') expect(report.lines[2]).toMatch(/^\d+ orders: \d+ not match with local$/);
  });

  it('says so in 60 columns', async () => {
    const { report } = await run({});
    const shown = showReportWithTable(report).split('\n');
    expect(shown.filter((line) => line.length > 60)).toEqual([]);
    expect(shown).toContainEqual(expect.stringMatching(/^ {2}in milliseconds +count +p50 +p95 +p99 +worst$/));
    expect(shown).toContainEqual(expect.stringMatching(/^ {2}query hit( +\d+){1}( +\d+\.\d){4}$/));
  });
});

describe('client bazaar query-stock, query-order and trade', () => {
  it('ask the same so many times, and tell alike answers once', async () => {
    const options = { ...QUIET, frontEnds: await open(), times: 2 };
    expect((await queryStock('PEAR', options)).lines).toEqual(['PEAR: 20 at 1.50, 2 times']);
    expect((await trade({ name: 'PEAR', type: 'buy', quantity: 10 }, options)).lines).toEqual([
      'buy 10 of PEAR: order 0',
      'buy 10 of PEAR: order 1',
    ]);
    const { lines, timings } = await queryOrder(1, options);
    expect(lines).toEqual(['order 1: buy 10 of PEAR, 2 times']);
    expect(timings['query-order']?.count).toBe(2);
  });

  it('take a no for a problem', async () => {
    const options = { ...QUIET, frontEnds: await open(), times: 1 };
    expect((await queryStock('FIG', options)).problems).toEqual(['refused with 404: no stock FIG']);
    expect((await trade({ name: 'PEAR', type: 'buy', quantity: 21 }, options)).problems).toEqual([
      'refused with 404: too few',
    ]);
  });
});

describe('orders that a client remembers', () => {
  test('are the same at the server, or each difference is told.', () => {
    const server = new Map<number, typeof first | string>([[0, first]]);
    expect(compareOrders([first], server)).toEqual([]);
    expect(compareOrders([first, second], server)).toEqual(['order 1 is sell 1 of PLUM here, and there: nothing']);
    expect(compareOrders([{ ...first, quantity: 4 }], server)).toEqual([
      'order 0 is buy 4 of PEAR here, and there: buy 3 of PEAR',
    ]);
    expect(compareOrders([{ ...first, name: 'FIG' }], server)).toHaveLength(1);
    expect(givenTwice([first, second, first])).toEqual(['the number 0 was given to two orders']);
    expect(showMatch(1, [])).toBe('1 order: order info match with local');
  });

  test('are kept in a file, and a line that is none is named.', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'understudy-orders-'));
    const file = join(folder, 'orders.jsonl');
    try {
      writeFileSync(file, showOrders([first, second]));
      expect(await readOrders(file)).toEqual([first, second]);
      writeFileSync(file, `${showOrders([first])}\n{"number":"1"}\n`);
      await expect(readOrders(file)).rejects.toThrow(`${file}:3 is no order`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what data servers have', () => {
  const books = [
    { name: 'PEAR', listed: 100, bought: 3, sold: 0, adjusted: 0, quantity: 97 },
    { name: 'PLUM', listed: 100, bought: 0, sold: 1, adjusted: 5, quantity: 106 },
  ];
  const one: Ledger = { node: 's1', applied: { orders: 9, catalog: 15 }, orders: [first, second], books };

  test('is in order where it is the same and adds up.', () => {
    expect(problemsIn([one, { ...one, node: 's2' }])).toEqual([]);
  });

  test('differs where one has an order more, or another stock.', () => {
    const behind = {
      ...one,
      node: 's2',
      orders: [first],
      books: books.map((row) => ({ ...row, sold: 0 })),
    };
    expect(problemsIn([one, behind]).slice(0, 2)).toEqual([
      'orders differ: s1 has {"number":1,"name":"PLUM","type":"sell","quantity":1}, and s2 has nothing',
      expect.stringMatching(/^books differ: s1 has \{"name":"PLUM".*"sold":1.*, and s2 has \{"name":"PLUM".*"sold":0/),
    ]);
  });

  test('is wrong where a number is missing, or the books do not follow from the orders.', () => {
    expect(problemsIn([{ ...one, orders: [first, { ...second, number: 2 }] }])).toEqual([
      's1: the order in place 1 has the number 2',
    ]);
    expect(problemsIn([{ ...one, orders: [first] }])).toEqual(['s1, PLUM: orders sell 0, and 1 are booked']);
    const short = books.map((row) => (row.name === 'PEAR' ? { ...row, quantity: 96 } : row));
    expect(problemsIn([{ ...one, books: short }])).toEqual([
      's1, PEAR: 100 listed, 3 bought, 0 sold, 0 adjusted, 96 there',
    ]);
  });
});
