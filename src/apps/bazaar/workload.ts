import type { ClientCall } from '../../sim/base/history.ts';
import { choose, type Dice } from '../../sim/base/random.ts';
import { get, getFresh, type Known, post, type Workload } from '../../sim/workloads/workload.ts';
import { CATALOG, type CatalogState } from './catalog.ts';
import { bazaarHistory } from './history.ts';
import { BAZAAR_MIXES } from './mutant-focus.ts';
import { buggyBazaar } from './mutant.ts';
import { confirmedByStock, ORDERS, type OrdersState } from './orders.ts';
import { bazaar } from './service.ts';

/** The stocks that are listed, in this order: more than a small cache has room for, few enough that clients collide. */
const STOCKS = ['Fish', 'Boar', 'Potion', 'Menhir', 'Harp', 'Shield'] as const;

/** A stock that is never listed. */
const NOWHERE = 'Nowhere';

/**
 * Clients that list a few stocks of few shares and then buy, sell and query, so that they collide:
 * - stocks run out and overflow;
 * - orders are looked up that were not placed yet;
 * - the cache is cleared;
 * - some bodies are malformed;
 * - a stock is queried by both forms of the path, with and without the cache.
 */
export const bazaarWorkload: Workload = {
  service: bazaar,
  kinds: ['list', 'buy', 'sell', 'query', 'query-linearizable', 'query-all', 'order', 'forget', 'nonsense'],
  next: (kind, dice, known) => bazaarCall((known.get('stocks') ?? 0) === 0 ? 'list' : kind, dice, known),
  learn({ method, path, body }, status, answer, known) {
    if (method !== 'POST') return;
    const place = STOCKS.findIndex((stock) => stock === nameIn(body));
    const isListed = status === 200 || answer.includes('is listed already');
    if (path === '/stocks' && place >= 0 && isListed) raise(known, 'stocks', place + 1);
    const [, number] = /"transaction_number":(\d+)/.exec(answer) ?? [];
    if (path === '/orders' && status === 200) raise(known, 'orders', Number(number ?? -1) + 1);
  },
  // Through both groups and back: refused by every front end, whatever has been listed.
  probes: [
    { ...post('/orders', { name: NOWHERE, quantity: 1, type: 'buy' }), expect: 404 },
    { ...getFresh(`/stocks/${NOWHERE}`), expect: 404 },
  ],
  atRest({ [ORDERS]: ordered, [CATALOG]: traded }) {
    if (!isOrders(ordered) || !isCatalog(traded)) return 'a group has no state';
    const waiting = [...ordered.pending.keys()].sort();
    if (waiting.length > 0)
      return `orders of ${waiting.join(', ')} still wait for the catalogue, and nothing is under way`;
    const confirmed = confirmedByStock(ordered);
    for (const stock of [...traded.stocks.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { bought, sold } = confirmed.get(stock.name) ?? { bought: 0, sold: 0 };
      const left = stock.listed - bought + sold + stock.adjusted;
      if (left !== stock.quantity) return `there are ${stock.quantity} of ${stock.name}, and its orders leave ${left}`;
    }
    return undefined;
  },
  history: bazaarHistory,
  mutants: { 'checks-stock-only-when-asked': buggyBazaar },
  huntMixes: BAZAAR_MIXES,
};

function bazaarCall(kind: string, dice: Dice, known: Known): ClientCall {
  const stock = someStock(dice, known);
  const quantity = dice.between(1, 4);
  switch (kind) {
    case 'list':
      return post('/stocks', listing(dice, known));
    case 'buy':
    case 'sell':
      return post('/orders', { name: stock, quantity, type: kind });
    case 'query':
      return get(pathOf(stock, dice));
    case 'query-linearizable':
      return getFresh(pathOf(stock, dice));
    case 'query-all':
      return get('/stocks');
    case 'order': {
      const number = someNumber(dice, known.get('orders') ?? 0);
      return get(dice.chance(500) ? `/orders/${number}` : `/orders?order_number=${number}`);
    }
    case 'forget':
      return get(dice.chance(700) ? `/rm?stock_name=${stock}` : '/rm');
    default:
      return post('/orders', { name: stock, quantity: dice.pick(0, -1, 1.5), type: dice.pick('buy', 'sell', 'keep') });
  }
}

/** Mostly the next stock, sometimes one that is listed already. */
function listing(dice: Dice, known: Known) {
  const next = Math.min(known.get('stocks') ?? 0, STOCKS.length - 1);
  const name = choose(STOCKS, dice.chance(800) ? next : dice.below(next + 1), 'Fish');
  const quantity = dice.between(0, 30);
  const stock = { name, price: dice.pick(1, 9.5, 15.99), quantity };
  return dice.chance(400) ? { ...stock, limit: quantity + dice.between(0, 6) } : stock;
}

/** Mostly a listed stock, sometimes the next one, which may not be listed. */
function someStock(dice: Dice, known: Known): string {
  const listed = known.get('stocks') ?? 0;
  return choose(STOCKS, dice.chance(50) ? listed : dice.below(Math.max(1, listed)), NOWHERE);
}

function pathOf(stock: string, dice: Dice): string {
  return dice.chance(500) ? `/stocks/${stock}` : `/stocks?stock_name=${stock}`;
}

/** Mostly an order that was placed, sometimes the next number. */
function someNumber(dice: Dice, count: number): number {
  return dice.chance(100) ? count : dice.below(Math.max(1, count));
}

function raise(known: Known, what: string, count: number): void {
  known.set(what, Math.max(known.get(what) ?? 0, count));
}

function nameIn(body: ClientCall['body']): unknown {
  return typeof body === 'object' && body !== null && 'name' in body ? body.name : undefined;
}

function isOrders(state: unknown): state is OrdersState {
  return typeof state === 'object' && state !== null && 'orders' in state && 'pending' in state;
}

function isCatalog(state: unknown): state is CatalogState {
  return typeof state === 'object' && state !== null && 'stocks' in state;
}
