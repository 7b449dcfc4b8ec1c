import { Map } from 'immutable';
import * as z from 'zod';
import { accepted, type Outcome, refused } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { defineApp } from '../../service/define-app.ts';
import { count, name } from '../schemas.ts';
import { cents } from './money.ts';

/** The name of the group that knows what is for sale. */
export const CATALOG = 'catalog';

/** Stocks by name. A stock is never taken off the list. */
export interface CatalogState {
  readonly stocks: Map<string, StockRecord>;
}

/** One stock. `quantity` is always `listed − bought + sold + adjusted`. */
export interface StockRecord {
  readonly name: string;
  /** In cents. */
  readonly price: number;
  /** How many shares there are to buy. */
  readonly quantity: number;
  /** The most that `quantity` may be; missing where there is no limit. */
  readonly limit?: number;
  /** How many shares have ever changed hands, those before the stock was listed here included. */
  readonly volume: number;
  /** The books: shares there were at first, … */
  readonly listed: number;
  /** … those that orders took and gave, … */
  readonly bought: number;
  readonly sold: number;
  /** … and those that operators gave without an order, less those that they took. */
  readonly adjusted: number;
}

/** Seen from the client: `buy` takes shares out of the stock, `sell` puts them in. */
export type Action = z.output<typeof action>;

/** The schema of which way a trade goes. */
export const action = z.enum(['buy', 'sell'], 'expected buy or sell');

/** A stock as the group answers it. */
export type StockRow = z.output<typeof stockRow>;

/** The schema of a stock as the group answers it: the price in cents. */
export const stockRow = z.object({
  name: z.string(),
  price: z.int(),
  quantity: z.int(),
  volume: z.int(),
  limit: z.int().exactOptional(),
});

/** The books of one stock: `quantity = listed − bought + sold + adjusted`. */
export type BooksRow = z.output<typeof booksRow>;

/** The schema of the books of one stock. */
export const booksRow = z.object({
  name: z.string(),
  listed: z.int(),
  bought: z.int(),
  sold: z.int(),
  adjusted: z.int(),
  quantity: z.int(),
});

const whole = z
  .int('expected a whole number')
  .min(0, 'expected a whole number, at least 0')
  .overwrite((value) => value + 0);

/** The schema of a name that a stock may be listed under: URLs take `.` and `..`, escaped or not, for no name at all. */
export const listedName = name.regex(/^(?!\.\.?$)/, 'expected a name that a path can hold, so neither . nor ..');

/** A stock to be listed. */
export type Listing = z.output<typeof listing>;

/** The schema of a stock to be listed: the price in cents, `volume` 0 and no `limit` unless said. */
export const listing = z.object({
  name: listedName,
  price: cents,
  quantity: whole,
  volume: whole.exactOptional(),
  limit: whole.exactOptional(),
});

const trade = { name, quantity: count, action };

const commands = z.discriminatedUnion('type', [
  z.object({ type: z.literal('list'), ...listing.shape }),
  /** What an order calls; no path leads here. */
  z.object({ type: z.literal('trade'), ...trade }),
  /** A trade without an order: an operator's. */
  z.object({ type: z.literal('adjust'), ...trade }),
]);

const queries = z.discriminatedUnion('type', [
  z.object({ type: z.literal('get'), name }),
  /** All stocks, by name in the order of their UTF-16 units. */
  z.object({ type: z.literal('list') }),
  /** The books of all stocks, in the same order. */
  z.object({ type: z.literal('books') }),
]);

type Command = z.output<typeof commands>;
type List = Extract<Command, { type: 'list' }>;
type Trade = Extract<Command, { type: 'trade' }>;
type Adjust = Extract<Command, { type: 'adjust' }>;

interface Decision {
  readonly state: CatalogState;
  readonly outcome: Outcome;
}

/** Stocks, their prices and how many shares there are. A write costs the same at ten and at a million stocks. */
export const catalog = defineApp({
  name: CATALOG,
  initial: Object.freeze<CatalogState>({ stocks: Map<string, StockRecord>() }),
  commands,
  queries,
  apply(state: CatalogState, command): Decision {
    switch (command.type) {
      case 'list':
        return list(state, command);
      case 'trade':
        return exchange(state, command);
      case 'adjust':
        return adjust(state, command);
      default:
        return unreachable(command);
    }
  },
  read(state, query): Outcome {
    switch (query.type) {
      case 'get': {
        const stock = state.stocks.get(query.name);
        return stock === undefined ? refused(unknown(query.name)) : accepted(rowOf(stock));
      }
      case 'list':
        return accepted(inOrder(state).map(rowOf));
      case 'books':
        return accepted(inOrder(state).map(booksOf));
      default:
        return unreachable(query);
    }
  },
  invalidates: (command) => [command.name],
  invariants: [
    {
      name: 'no stock is oversold or overstocked',
      broken: (state) =>
        firstBroken(state, ({ quantity, limit = Number.MAX_SAFE_INTEGER }) => quantity >= 0 && quantity <= limit),
    },
    {
      name: 'what there is of a stock follows from its books',
      broken: (state) =>
        firstBroken(
          state,
          ({ quantity, listed, bought, sold, adjusted }) => quantity === listed - bought + sold + adjusted,
        ),
    },
    {
      name: 'no more has changed hands by orders than in all',
      broken: (state) =>
        firstBroken(state, ({ bought, sold, volume }) => bought >= 0 && sold >= 0 && bought + sold <= volume),
    },
  ],
});

function list(state: CatalogState, { type: _, ...stock }: List): Decision {
  const { name: called, quantity, limit, volume = 0 } = stock;
  if (state.stocks.has(called)) return { state, outcome: refused(`${called} is listed already`) };
  if (limit !== undefined && quantity > limit) {
    return { state, outcome: refused(`${called}: ${quantity} are more than its limit of ${limit}`) };
  }
  const record = { ...stock, volume, listed: quantity, bought: 0, sold: 0, adjusted: 0 };
  return { state: withStock(state, record), outcome: accepted() };
}

function exchange(state: CatalogState, { name: called, quantity, action: way }: Trade): Decision {
  const moved = move(state, called, quantity, way);
  if (typeof moved === 'string') return { state, outcome: refused(moved) };
  const { bought, sold } = moved;
  const booked = way === 'buy' ? { ...moved, bought: bought + quantity } : { ...moved, sold: sold + quantity };
  return { state: withStock(state, booked), outcome: accepted() };
}

/** A trade that no order has made: counted apart, so that what orders say can still be held against what there is. */
function adjust(state: CatalogState, { name: called, quantity, action: way }: Adjust): Decision {
  const moved = move(state, called, quantity, way);
  if (typeof moved === 'string') return { state, outcome: refused(moved) };
  const adjusted = moved.adjusted + (way === 'buy' ? -quantity : quantity);
  return { state: withStock(state, { ...moved, adjusted }), outcome: accepted() };
}

/** The stock once `quantity` shares have changed hands, not yet in the books; or why they cannot. */
function move(state: CatalogState, called: string, quantity: number, way: Action): StockRecord | string {
  const stock = state.stocks.get(called);
  if (stock === undefined) return unknown(called);
  const { quantity: before, limit = Number.MAX_SAFE_INTEGER } = stock;
  // Whatever the books count is at most this, so they are exact as long as it is.
  const volume = stock.volume + quantity;
  if (!Number.isSafeInteger(volume)) return `more of ${called} has changed hands than can be counted`;
  if (way === 'buy') {
    return before < quantity
      ? `insufficient stock: ${called} has ${before} left`
      : { ...stock, quantity: before - quantity, volume };
  }
  const after = before + quantity;
  return after > limit
    ? `overstock: ${called} has ${before} and may have ${limit}`
    : { ...stock, quantity: after, volume };
}

function withStock({ stocks }: CatalogState, stock: StockRecord): CatalogState {
  return { stocks: stocks.set(stock.name, Object.freeze(stock)) };
}

function unknown(called: string): string {
  return `no stock ${called}`;
}

function rowOf({ name: called, price, quantity, volume, limit }: StockRecord): StockRow {
  return { name: called, price, quantity, volume, ...(limit === undefined ? {} : { limit }) };
}

function booksOf({ name: called, listed, bought, sold, adjusted, quantity }: StockRecord): BooksRow {
  return { name: called, listed, bought, sold, adjusted, quantity };
}

/** A Map has an order of its own, which nobody is to see. */
function inOrder({ stocks }: CatalogState): readonly StockRecord[] {
  return [...stocks.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function firstBroken(state: CatalogState, holds: (stock: StockRecord) => boolean): string | undefined {
  const broken = inOrder(state).find((stock) => !holds(stock));
  return broken === undefined ? undefined : JSON.stringify(broken);
}
