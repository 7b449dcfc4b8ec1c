import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, onTestFailed, vi } from 'vitest';
import * as z from 'zod';
import { catalogSeed } from '../../src/apps/bazaar/seed.ts';
import { bazaar } from '../../src/apps/bazaar/service.ts';
import { secretBeside } from '../../src/cli/cluster/cluster-file.ts';
import { readSeed, sampleOf, writeSeed } from '../../src/cli/cluster/seed.ts';
import { callSigned } from '../../src/security/call-process.ts';
import { readSecret, type Secret } from '../../src/security/secret.ts';
import { type LiveCluster, SOON, startCluster } from '../support/live/live-cluster.ts';
import { type Ask, type Seen, strangerTo } from '../support/live/plain-http.ts';

const PATIENT = 300_000;

/** Less than the catalogue has, so that something has to go. */
const CACHE_SIZE = 3;

/**
 * A majority is enough, and a secondary that is silent stays one of the group: else it would be removed, and the rest would be
 * all there are. Whoever comes back has its vote and its lead again soon.
 */
const SETTINGS = [
  'acknowledge=majority',
  'removeAfter=600000',
  'readmitAfter=1000',
  'transferAfter=1000',
  'transferCoolDown=1000',
  'flapWithin=500',
].flatMap((setting) => ['--setting', setting]);

const order = z.object({ number: z.int(), name: z.string(), type: z.enum(['buy', 'sell']), quantity: z.int() });
const since = z.object({ data: z.object({ orders: z.array(order), count: z.int() }) });
const books = z.object({
  data: z.array(
    z.object({
      name: z.string(),
      listed: z.int(),
      bought: z.int(),
      sold: z.int(),
      adjusted: z.int(),
      quantity: z.int(),
    }),
  ),
});
const transaction = z.object({ data: z.object({ transaction_number: z.int() }) });

let cluster: LiveCluster;
let secret: Secret;
let ask: Ask;

beforeAll(async () => {
  cluster = await startCluster({ service: bazaar, flags: ['--cache-size', String(CACHE_SIZE), ...SETTINGS] });
  secret = await readSecret(secretBeside(cluster.file));
  ask = strangerTo(cluster);
}, PATIENT);

afterAll(() => cluster.remove());

function ok(data: unknown) {
  return { status: 200, body: { data } };
}

function no(code: number, message: unknown = expect.stringMatching(/./)) {
  return { status: code, body: { error: { code, message } } };
}

function load() {
  const flags = { secretFile: secretBeside(cluster.file) };
  const target = { seed: catalogSeed, service: 'bazaar', frontEnds: cluster.bases, flags };
  return readSeed(catalogSeed, sampleOf(catalogSeed)).then((stocks) => writeSeed(target, stocks, SOON.timeout));
}

function place(node: string, name: string, quantity: number, type = 'buy', headers = {}): Promise<Seen> {
  return ask(node, 'POST /orders', { name, quantity, type }, headers);
}

/** The same as an operator, who knows the secret. */
async function trade(node: string, body: object) {
  const call = { method: 'POST', path: '/catalog/trade', body } as const;
  const answer = await callSigned(cluster.address(node), call, { secret, tls: undefined });
  const said: unknown = JSON.parse(answer.body);
  return { status: answer.status, body: said };
}

/** What a data server has by its own replicas: all orders, and the books of all stocks. */
async function replicaOf(node: string) {
  const session = { 'understudy-read': 'session' };
  const orders: z.output<typeof order>[] = [];
  for (;;) {
    const answered = await ask(node, 'POST /orders/sync', { since: orders.length }, session);
    const { data } = since.parse(answered.body);
    orders.push(...data.orders);
    if (orders.length < data.count) continue;
    return { orders, books: books.parse((await ask(node, 'GET /catalog/books', undefined, session)).body).data };
  }
}

/** Asserts that every data server has the same orders, without gap or repeat, and books that follow from them. */
async function expectAlike() {
  await cluster.whole();
  const [first, ...others] = await Promise.all(cluster.servers.map(replicaOf));
  if (first === undefined) throw new Error('there is a data server');
  for (const other of others) expect(other).toEqual(first);
  expect(first.orders.map(({ number }) => number)).toEqual(first.orders.map((_, at) => at));
  for (const { name, listed, bought, sold, adjusted, quantity } of first.books) {
    const sum = (way: string): number =>
      first.orders.reduce((all, one) => all + (one.name === name && one.type === way ? one.quantity : 0), 0);
    expect([name, bought, sold]).toEqual([name, sum('buy'), sum('sell')]);
    expect([name, quantity]).toEqual([name, listed - bought + sold + adjusted]);
  }
  return first;
}

describe('A bazaar, to a stranger', { timeout: PATIENT }, () => {
  it('has the stocks of a catalogue, however often that is loaded', async () => {
    const first = await load();
    expect([first.written.length, first.known.length]).toEqual([12, 0]);
    const again = await load();
    expect([again.written, again.known, again.different]).toEqual([[], first.written, []]);
    const { status, body } = await ask('f2', 'GET /stocks');
    const { data } = z.object({ data: z.array(z.object({ name: z.string(), quantity: z.literal(100) })) }).parse(body);
    expect([status, data.length]).toEqual([200, 12]);
    expect(new Set(data.map(({ name }) => name))).toEqual(new Set(first.written));
  });

  it('shows a stock by its path and by its name, and 404 for none (B1)', async () => {
    for (const node of cluster.frontEnds) {
      for (const request of [
        'GET /stocks/FishCo',
        'GET /stocks?stock_name=FishCo',
        'GET /stocks?stock_name=FishCo&stock_name=X',
      ]) {
        expect(await ask(node, request)).toMatchObject(ok({ name: 'FishCo', price: 7.5, quantity: 100 }));
      }
      expect(await ask(node, 'GET /stocks/Fish%20Co')).toMatchObject(no(404, 'no stock Fish Co'));
      expect(await ask(node, 'GET /stocks?stock_name=Fish+Co')).toMatchObject(no(404, 'no stock Fish Co'));
    }
  });

  it('numbers orders from 0, and none that is refused (B2, B3)', async () => {
    expect(await place('f1', 'FishCo', 4)).toMatchObject(ok({ transaction_number: 0 }));
    expect(await place('f1', 'FishCo', 97)).toMatchObject(no(404, 'insufficient stock: FishCo has 96 left'));
    expect(await place('f2', 'FishCo', 405, 'sell')).toMatchObject(
      no(404, 'overstock: FishCo has 96 and may have 500'),
    );
    expect(await place('f2', 'Nobody', 1)).toMatchObject(no(404, 'no stock Nobody'));
    expect(await place('f2', 'FishCo', 1, 'sell')).toMatchObject(ok({ transaction_number: 1 }));
    for (const node of cluster.frontEnds) {
      for (const request of ['GET /orders/1', 'GET /orders?order_number=1']) {
        expect(await ask(node, request)).toMatchObject(ok({ number: 1, name: 'FishCo', type: 'sell', quantity: 1 }));
      }
      expect(await ask(node, 'GET /orders/2')).toMatchObject(no(404, 'no order 2'));
      expect(await ask(node, 'GET /stocks/FishCo')).toMatchObject(ok({ name: 'FishCo', price: 7.5, quantity: 97 }));
    }
  });

  it('takes an order once for one idempotency key, wherever it is sent', async () => {
    const key = { 'idempotency-key': uuidv7() };
    expect(await place('f1', 'BoarCo', 1, 'buy', key)).toMatchObject(ok({ transaction_number: 2 }));
    expect(await place('f2', 'BoarCo', 1, 'buy', key)).toMatchObject(ok({ transaction_number: 2 }));
    expect(await place('f2', 'BoarCo', 2, 'buy', key)).toMatchObject(no(422));
    expect(await ask('f1', 'GET /stocks/BoarCo')).toMatchObject(ok({ name: 'BoarCo', price: 21.25, quantity: 99 }));
  });

  it('refuses what makes no sense with an error object, and nothing changes (T15)', async () => {
    const before = await expectAlike();
    const good = { name: 'FishCo', quantity: 1, type: 'buy' };
    const quantities = [0, -1, 1.5, '1', null, 2 ** 53, [1]];
    const bad: readonly (readonly [string, unknown?])[] = [
      ...quantities.map((quantity) => ['POST /orders', { ...good, quantity }] as const),
      ['POST /orders', { ...good, type: 'steal' }],
      ['POST /orders', { ...good, name: '' }],
      ['POST /orders', { ...good, name: 'x'.repeat(201) }],
      ['POST /orders', { quantity: 1 }],
      ['POST /orders', [good]],
      ['POST /orders', '{"name":"FishCo"'],
      ['POST /orders'],
      ...['-1', '1.5', 'abc', '007', '1e3', '9007199254740992'].flatMap(
        (number) => [[`GET /orders/${number}`], [`GET /orders?order_number=${number}`]] as const,
      ),
      ['GET /stocks?stock_name='],
      ['GET /stocks/%ff'],
      ['GET /stocks?stock_name=%ff'],
      ['GET /rm?stock_name='],
      ['GET /rm?name=FishCo'],
    ];
    for (const [request, body] of bad) {
      expect({ request, ...(await ask('f1', request, body)) }).toMatchObject({ request, ...no(400) });
    }
    expect(await ask('f1', 'POST /orders', 'x'.repeat(70_000))).toMatchObject(no(413));
    expect(await place('f1', 'FishCo', 1, 'buy', { 'idempotency-key': 'mine' })).toMatchObject(no(400));
    expect(await ask('f1', 'GET /orders/0', undefined, { 'understudy-read': 'yesterday' })).toMatchObject(no(400));
    expect(await ask('f1', 'GET /orders/0', undefined, { 'understudy-token': 'orders' })).toMatchObject(no(400));
    expect(await ask('f1', 'GET /orders/0', undefined, { 'understudy-token': 'orders=old:1' })).toMatchObject(no(409));
    expect(await ask('f1', 'GET /nothing')).toMatchObject(no(404, 'no such path'));
    expect(await ask('f1', 'POST /leader', {})).toMatchObject(no(405));
    // A stock out of nothing, or shares without an order: not for whoever comes by.
    expect(await ask('f1', 'POST /stocks', { name: 'Mine', price: 1, quantity: 1 })).toMatchObject(no(401));
    const taken = { stock_name: 'FishCo', action: 'buy', quantity: 1 };
    expect(await ask('s1', 'POST /catalog/trade', taken)).toMatchObject(no(401));
    for (const query of [
      '',
      '?stock_name=FishCo',
      '?stock_name=FishCo&type=buy&quantity=0',
      '?stock_name=FishCo&type=x&quantity=1',
    ]) {
      expect({ query, ...(await ask('s1', `GET /orders/trade${query}`)) }).toMatchObject({ query, ...no(400) });
    }
    expect(await ask('s1', 'POST /orders/sync', { since: -1 })).toMatchObject(no(400));
    expect(await trade('s1', { ...taken, quantity: -1 })).toMatchObject(no(400));
    expect(await trade('s1', { ...taken, quantity: 1_000 })).toMatchObject(no(404));
    expect(await expectAlike()).toEqual(before);
  });

  it('names the leader of the orders, which is the highest id that lives (B4, B8)', async () => {
    await expect.poll(() => cluster.primary('orders'), SOON).toBe('s3');
    for (const node of cluster.frontEnds) {
      await expect.poll(async () => (await ask(node, 'GET /leader')).body, SOON).toEqual({ data: { leader: 's3' } });
    }
  });

  it('answers at each data server what the source’s catalogue and order servers did (B6, B7)', async () => {
    for (const node of cluster.servers) {
      expect(await ask(node, 'GET /catalog/query?stock_name=FishCo')).toMatchObject(
        ok({ name: 'FishCo', price: 7.5, quantity: 97, volume: 5, limit: 500 }),
      );
      expect(await ask(node, 'GET /catalog/query?stock_name=Nobody')).toMatchObject(no(404));
      expect(await ask(node, 'GET /orders/query?order_number=0')).toMatchObject(
        ok({ number: 0, name: 'FishCo', type: 'buy', quantity: 4 }),
      );
      expect(await ask(node, 'GET /orders/query?order_number=999')).toMatchObject(no(404));
      expect(await ask(node, 'GET /orders/ping')).toMatchObject(ok({ alive: true }));
      expect(await ask(node, 'GET /orders/test')).toMatchObject(ok({ name: 'BeerHalls', price: 18.3, quantity: 100 }));
      expect(await ask(node, 'GET /orders/test?stock_name=FishCo')).toMatchObject(
        ok({ name: 'FishCo', price: 7.5, quantity: 97 }),
      );
      expect(await ask(node, 'GET /orders/test1')).toMatchObject(ok({ number: 0, name: 'EXAMPLE', quantity: 1 }));
      // Bare, as in the source.
      expect(await ask(node, 'GET /query?stock_name=FishCo')).toMatchObject(ok({ name: 'FishCo', volume: 5 }));
      expect(await ask(node, 'GET /query?order_number=0')).toMatchObject(ok({ number: 0, name: 'FishCo' }));
      expect(await ask(node, 'GET /query')).toMatchObject(no(400));
      expect(await ask(node, 'GET /ping')).toMatchObject(ok({ alive: true }));
      expect(await ask(node, 'POST /sync', { since: 3 })).toMatchObject(ok({ orders: [], count: 3 }));
      expect(await ask(node, 'GET /trade?stock_name=FishCo&type=buy&quantity=500')).toMatchObject(no(404));
      const unsigned = { stock_name: 'FishCo', action: 'buy', quantity: 1 };
      expect(await ask(node, 'POST /trade', unsigned)).toMatchObject(no(401));
    }
    expect(await ask('s1', 'GET /orders/trade?stock_name=MenhirCo&type=buy&quantity=3')).toMatchObject(
      ok({ transaction_number: 3 }),
    );
    expect(await ask('s2', 'GET /orders/trade?stock_name=MenhirCo&type=buy&quantity=98')).toMatchObject(no(404));
    expect(await ask('s2', 'POST /orders/sync', { since: 3 })).toMatchObject(
      ok({ orders: [{ number: 3, name: 'MenhirCo', type: 'buy', quantity: 3 }], count: 4 }),
    );
    // What comes in is not believed: in the source the leader told of its orders in this way.
    const told = { since: 4, number: 4, name: 'MenhirCo', type: 'buy', quantity: 50 };
    expect(await ask('s3', 'POST /orders/sync', told)).toMatchObject(ok({ orders: [], count: 4 }));
    const given = await trade('s2', { stock_name: 'MenhirCo', action: 'sell', quantity: 10 });
    expect(given).toMatchObject(ok({ name: 'MenhirCo', price: 9.99, quantity: 107, volume: 13, limit: 500 }));
    const all = await expectAlike();
    expect(all.books.find(({ name }) => name === 'MenhirCo')).toEqual({
      name: 'MenhirCo',
      listed: 100,
      bought: 3,
      sold: 0,
      adjusted: 10,
      quantity: 107,
    });
  });
});

const cached = z.object({
  data: z.object({
    size: z.int(),
    items: z.array(z.looseObject({ name: z.string() })),
    hits: z.int(),
    misses: z.int(),
    evictions: z.int(),
    invalidations: z.int(),
  }),
});

async function cacheOf(node: string) {
  const { items, ...counted } = cached.parse((await ask(node, 'GET /cache')).body).data;
  return { ...counted, names: items.map(({ name }) => name) };
}

/** Reads a stock until the front end has it from its cache. */
async function warm(node: string, name: string): Promise<void> {
  await expect.poll(async () => (await ask(node, `GET /stocks/${name}`)).cache, SOON).toBe('hit');
}

describe('The cache of a front end, to a stranger (B5)', { timeout: PATIENT }, () => {
  it('keeps what is used, drops what has not been used for longest, and counts', async () => {
    await ask('f1', 'GET /rm');
    const before = await cacheOf('f1');
    expect([before.size, before.names]).toEqual([CACHE_SIZE, []]);
    for (const name of ['BoarCo', 'BeerHalls', 'WoadAndDye']) await warm('f1', name);
    await warm('f1', 'BoarCo');
    await warm('f1', 'LyreStrings');
    const after = await cacheOf('f1');
    expect(after.names).toEqual(['LyreStrings', 'BoarCo', 'WoadAndDye']);
    expect(after.hits - before.hits).toBeGreaterThanOrEqual(5);
    expect(after.misses - before.misses).toBeGreaterThanOrEqual(4);
    expect(after.evictions - before.evictions).toBeGreaterThanOrEqual(1);
  });

  it('forgets a stock before its trade is acknowledged, whichever front end the trade went through', async () => {
    let left = 100;
    for (let nth = 0; nth < 5; nth += 1) {
      await warm('f1', 'SickleSmith');
      await warm('f2', 'SickleSmith');
      const { token } = await place('f1', 'SickleSmith', 2);
      left -= 2;
      const shown = ok({ name: 'SickleSmith', price: 64.1, quantity: left });
      expect(await ask('f1', 'GET /stocks/SickleSmith')).toMatchObject(shown);
      expect(await ask('f2', 'GET /stocks/SickleSmith', undefined, { 'understudy-token': token })).toMatchObject(shown);
    }
    expect((await cacheOf('f1')).invalidations).toBeGreaterThanOrEqual(5);
    // Past all front ends.
    await warm('f1', 'SickleSmith');
    const { token } = await ask('s2', 'GET /orders/trade?stock_name=SickleSmith&type=buy&quantity=1');
    expect(await ask('f1', 'GET /stocks/SickleSmith', undefined, { 'understudy-token': token })).toMatchObject(
      ok({ name: 'SickleSmith', price: 64.1, quantity: left - 1 }),
    );
  });

  it('goes past it for who asks for what is newest, and forgets when told to', async () => {
    await warm('f1', 'BoarCo');
    const newest = { 'understudy-read': 'linearizable' };
    expect((await ask('f1', 'GET /stocks/BoarCo', undefined, newest)).cache).not.toBe('hit');
    expect(await ask('f1', 'GET /rm?stock_name=BoarCo')).toMatchObject(ok({ removed: 1 }));
    expect(await ask('f1', 'GET /rm?stock_name=BoarCo')).toMatchObject(ok({ removed: 0 }));
    expect((await cacheOf('f1')).names).not.toContain('BoarCo');
    const { names } = await cacheOf('f1');
    expect(await ask('f1', 'GET /rm')).toMatchObject(ok({ removed: names.length }));
    expect((await cacheOf('f1')).names).toEqual([]);
  });
});

/** How long a customer waits, so that the cores are the servers', in milliseconds. */
const BETWEEN_ORDERS = 50;

interface Placed {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly quantity: number;
}

/** Buys a share and sells it again until told to stop, each order again with its key until there is an answer. */
async function customer(who: number, placed: Placed[], isOver: () => boolean): Promise<void> {
  for (let nth = 0; !isOver(); nth += 1) {
    const wanted = {
      name: who % 2 === 0 ? 'GameStart' : 'PotionWorks',
      quantity: 1,
      type: nth % 2 === 0 ? 'buy' : 'sell',
    };
    const key = { 'idempotency-key': uuidv7() };
    const node = cluster.frontEnds[(who + nth) % 2] ?? 'f1';
    const answered = await vi.waitFor(async () => {
      const seen = await ask(node, 'POST /orders', wanted, key);
      if (seen.status === 503) throw new Error('the outcome is unknown');
      return seen;
    }, SOON);
    expect(answered.status).toBe(200);
    placed.push({ number: transaction.parse(answered.body).data.transaction_number, ...wanted });
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ORDERS));
  }
}

/** Who has a vote in a group, as its primary sees it. */
async function votersOf(group: string): Promise<readonly string[]> {
  const { groups } = (await cluster.status(await cluster.primary(group))) ?? {};
  return (groups?.[group]?.members ?? []).filter(({ voter }) => voter).map(({ node }) => node);
}

describe('The servers of a bazaar', { timeout: PATIENT }, () => {
  it('accept orders while two of three are there, where a majority is enough (B12)', async () => {
    const { length: count } = (await expectAlike()).orders;
    const leaders = [await cluster.primary('orders'), await cluster.primary('catalog')];
    const [idle = ''] = cluster.servers.filter((node) => !leaders.includes(node));
    // It sleeps: were it dead, its connections would be refused, and it would be removed for that.
    cluster.signal(idle, 'SIGSTOP');
    for (let nth = 0; nth < 5; nth += 1) {
      expect(await place('f1', 'CurvedRoads', 1)).toMatchObject(ok({ transaction_number: count + nth }));
    }
    // Not because it was taken out of the group.
    for (const group of ['orders', 'catalog']) expect(await votersOf(group)).toContain(idle);
    cluster.signal(idle, 'SIGCONT');
    expect((await expectAlike()).orders).toHaveLength(count + 5);
  });

  it('number orders densely and alike while their leader dies and comes back (B8, B9)', async () => {
    onTestFailed(() => console.error(cluster.logs()));
    const { length: count } = (await expectAlike()).orders;
    const placed: Placed[] = [];
    let isOver = false;
    const customers = Promise.all([0, 1, 2, 3].map((who) => customer(who, placed, () => isOver)));
    const goOn = async (): Promise<void> => {
      const before = placed.length;
      await vi.waitFor(() => expect(placed.length).toBeGreaterThanOrEqual(before + 10), SOON);
    };
    await goOn();
    await cluster.kill('s3');
    await goOn();
    // The highest of those that live; it may not have been the first to lead.
    await expect.poll(() => cluster.primary('orders'), SOON).toBe('s2');
    cluster.start('s3');
    await goOn();
    // It asks for what it has missed, and takes the lead again.
    await expect.poll(() => cluster.primary('orders'), SOON).toBe('s3');
    await goOn();
    isOver = true;
    await customers;
    const { orders } = await expectAlike();
    expect(placed.map(({ number }) => number).sort((a, b) => a - b)).toEqual(placed.map((_, at) => count + at));
    for (const { number, ...wanted } of placed) expect(orders[number]).toEqual({ number, ...wanted });
    expect(orders).toHaveLength(count + placed.length);
  });
});
