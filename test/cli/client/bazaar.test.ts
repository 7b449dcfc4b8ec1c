import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, test } from 'vitest';
import { checkBazaar } from '../../../src/cli/client/bazaar/check.ts';
import { type Ledger, problemsIn } from '../../../src/cli/client/bazaar/ledgers.ts';
import { readOrders, showOrders } from '../../../src/cli/client/bazaar/order-file.ts';
import { compareOrders, type Found, givenTwice, showMatch } from '../../../src/cli/client/bazaar/orders.ts';
import { queryOrder, queryStock, trade } from '../../../src/cli/client/bazaar/repeat.ts';
import { type BazaarRun, runBazaar } from '../../../src/cli/client/bazaar/run.ts';
import { showReportWithTable } from '../../../src/cli/client/report.ts';
import { probability } from '../../../src/cli/shared/numbers.ts';
import { type Lie, openBazaarStub } from '../../support/cli/bazaar-stub.ts';

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

async function run(options: { lie?: Lie; perMille?: number; seed?: number; buggy?: boolean }): Promise<BazaarRun> {
  const { lie, perMille = 500, seed = 7, buggy = false } = options;
  const size = buggy ? { iterations: 2, clients: 1, deadline: 800 } : { iterations: 10, clients: 3 };
  return runBazaar({ ...QUIET, frontEnds: await open(lie), ...size, perMille, seed });
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

  it('does not call different what it could not ask for, and yet not well either', async () => {
    const { report, orders } = await run({ lie: 'hides', perMille: 1_000, buggy: true });
    expect(orders).toHaveLength(2);
    expect(report.problems).toEqual([]);
    expect(report.lines[2]).toBe('2 orders: 2 could not be compared');
    expect(report.unknown).toHaveLength(2);
    const shown = showReportWithTable(report);
    expect(shown).toMatch(/^bazaar run: unknown\n/);
    expect(shown).toMatch(/\n {2}UNKNOWN: order 0 could not be compared: no answer in time \(503: .*\n/);
    expect(shown).not.toContain('WRONG');
  });

  it('tells a trade of unknown outcome with its uuid', async () => {
    const { report, orders } = await run({ lie: 'loses', perMille: 1_000, buggy: true });
    expect(orders).toEqual([]);
    expect(report.problems).toHaveLength(2);
    expect(report.problems[0]).toMatch(
      /^POST \/orders .*no answer in time \(503: .*\); perhaps placed, under the uuid [\da-f-]{36}$/,
    );
  });

  it('goes on after an answer that is none, and remembers what else was placed', async () => {
    const { report, orders } = await run({ lie: 'babbles', perMille: 1_000, buggy: true });
    expect(orders.map(({ number }) => number)).toEqual([0]);
    expect(report.problems).toHaveLength(1);
    expect(report.problems[0]).toMatch(
      /the number of an order was asked for, and the answer is .*Welcome.*; answered 200; perhaps placed, under the uuid [\da-f-]{36}$/,
    );
    expect(report.lines[2]).toBe('1 order: order info match with local');
  });

  it.each([
    ['.5', 500],
    ['0.25', 250],
    ['1', 1_000],
    ['0', 0],
  ])('takes %s for a probability', (text, perMille) => {
    expect(probability(text)).toBe(perMille);
  });

  it.each(['1.5', '.', '5.', '.1234', '-.5', ''])('takes %j for none', (text) => {
    expect(() => probability(text)).toThrow('from 0 to 1');
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
    const server = new Map<number, Found>([[0, { type: 'order', order: first }]]);
    const differences = (...local: Parameters<typeof compareOrders>[0]) => compareOrders(local, server).differences;
    expect(compareOrders([first], server)).toEqual({ differences: [], uncompared: [] });
    expect(differences(first, second)).toEqual(['order 1 is sell 1 of PLUM here, and there: nothing']);
    expect(differences({ ...first, quantity: 4 })).toEqual(['order 0 is buy 4 of PEAR here, and there: buy 3 of PEAR']);
    expect(differences({ ...first, name: 'FIG' })).toHaveLength(1);
    expect(givenTwice([first, second, first])).toEqual(['the number 0 was given to two orders']);
    expect(showMatch(1, compareOrders([first], server))).toBe('1 order: order info match with local');
  });

  test('are neither the same nor different where nobody can say.', () => {
    const server = new Map<number, Found>([[0, { type: 'unknown', why: 'no answer in time' }]]);
    const compared = compareOrders([first, second], server);
    expect(compared.uncompared).toEqual(['order 0 could not be compared: no answer in time']);
    expect(showMatch(2, compared)).toBe('2 orders: 1 not match with local, 1 could not be compared');
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

describe('client bazaar check', () => {
  const options = { remembered: undefined, within: 0, deadline: 5_000 };
  /** Where nobody listens. */
  const dead = { node: 's2', address: 'http://127.0.0.1:1' };

  it('reads every data server, and is content where all have the same', async () => {
    const [address = ''] = await open();
    const servers = ['s1', 's2'].map((node) => ({ node, address }));
    const { problems, unknown, lines } = await checkBazaar({ ...options, servers });
    expect([problems, unknown]).toEqual([[], []]);
    expect(lines).toEqual(Array.from({ length: 2 }, () => 's1: 0 orders, 2 stocks, 40 shares (applied )'));
  });

  it('names one that it could not read, and is not content', async () => {
    const [address = ''] = await open();
    const found = await checkBazaar({ ...options, servers: [{ node: 's1', address }, dead] });
    expect(found.problems).toEqual([]);
    expect(found.unknown).toEqual([
      expect.stringMatching(/^s2 was not read: http:\/\/127\.0\.0\.1:1 does not answer: /),
    ]);
    expect(found.lines).toContain('nothing was compared: 1 data server was read');
    expect(showReportWithTable(found)).toMatch(/^bazaar check: unknown\n/);
  });

  it('compares no order where nobody could be read', async () => {
    const found = await checkBazaar({ ...options, servers: [dead], remembered: [first, second] });
    expect(found.problems).toEqual([]);
    expect(found.unknown).toHaveLength(3);
    expect(found.lines).toEqual([
      'nothing was compared: 0 data servers were read',
      '2 orders: 2 could not be compared',
    ]);
  });

  it('waits for one that is back in time', async () => {
    const [address = ''] = await open();
    const late = { node: 's2', address: dead.address };
    setTimeout(() => (late.address = address), 100);
    const found = await checkBazaar({ ...options, servers: [{ node: 's1', address }, late], within: 20_000 });
    expect([found.problems, found.unknown, found.lines.length]).toEqual([[], [], 2]);
  });
});
