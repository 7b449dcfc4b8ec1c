import { Map } from 'immutable';
import * as z from 'zod';
import { accepted, type Listed, type Outcome, refused } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import { asList } from '../../protocol/model/listed.ts';
import { defineApp } from '../../service/define-app.ts';
import { count, name, rowLimit } from '../schemas.ts';
import { cents } from './money.ts';

/** The name of the group of stocks. */
export const CATALOG = 'catalog';

/** Stocks by name. A stock is never removed. */
export interface CatalogState {
  readonly stocks: Map<string, StockRecord>;
}

/** One stock. `quantity` is always `listed − bought + sold + adjusted`. */
export interface StockRecord {
  readonly name: string;
  /** In cents. */
  readonly price: number;
  /** Shares available. */
  readonly quantity: number;
  /** The largest `quantity` allowed; missing without a limit. */
  readonly limit?: number;
  /** Shares ever traded, those before the stock was listed here included. */
  readonly volume: number;
  /** The books: the first quantity, … */
  readonly listed: number;
  /** … shares that orders bought and sold, … */
  readonly bought: number;
  readonly sold: number;
  /** … and shares that operators put in, less those that they took out. */
  readonly adjusted: number;
}

/** From the client's side: `buy` takes shares out of the stock, `sell` puts them in. */
export type Action = z.output<typeof action>;

/** The schema of a trade's direction. */
export const action = z.enum(['buy', 'sell'], 'expected buy or sell');

/** The same from a client, in the source's spelling as well. */
export const actionSaid = z
  .enum(['buy', 'sell', 'Buy', 'Sell'], 'expected buy or sell')
  .transform((said) => action.parse(said.toLowerCase()));

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

/** The schema of a stock's name: in a URL, `.` and `..` are no name, escaped or not. */
export const listedName = name.regex(/^(?!\.\.?$)/, 'expected a name that a path can hold, so neither . nor ..');

/** A stock to be listed. */
export type Listing = z.output<typeof listing>;

/** The schema of a stock to be listed: the price in cents; `volume` defaults to 0, `limit` to none. */
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
  /** Called by an order; has no path. */
  z.object({ type: z.literal('trade'), ...trade }),
  /** An operator's trade, without an order. */
  z.object({ type: z.literal('adjust'), ...trade }),
]);

const queries = z.discriminatedUnion('type', [
  z.object({ type: z.literal('get'), name }),
  /** The stocks after the one called `after`, at most `limit` of them, in the order of the UTF-16 units of names. */
  z.object({ type: z.literal('list'), after: name.exactOptional(), limit: rowLimit.exactOptional() }),
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

/** Stocks, their prices and quantities. A write costs the same at ten and at a million stocks. */
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
  read(state, query): Outcome | Listed {
    switch (query.type) {
      case 'get': {
        const stock = state.stocks.get(query.name);
        return stock === undefined ? refused(unknown(query.name)) : accepted(rowOf(stock));
      }
      case 'list':
        return asList(stocksAfter(inOrder(state), query), rowOf);
      case 'books':
        return asList(inOrder(state), booksOf);
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
      name: 'the quantity of a stock follows from its books',
      broken: (state) =>
        firstBroken(
          state,
          ({ quantity, listed, bought, sold, adjusted }) => quantity === listed - bought + sold + adjusted,
        ),
    },
    {
      name: 'orders have traded no more than the total volume',
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

/** An operator's trade: counted apart, so that orders can still be compared with the books. */
function adjust(state: CatalogState, { name: called, quantity, action: way }: Adjust): Decision {
  const moved = move(state, called, quantity, way);
  if (typeof moved === 'string') return { state, outcome: refused(moved) };
  const adjusted = moved.adjusted + (way === 'buy' ? -quantity : quantity);
  return { state: withStock(state, { ...moved, adjusted }), outcome: accepted() };
}

/** The stock after a trade of `quantity` shares, not yet in the books; or why it is refused. */
function move(state: CatalogState, called: string, quantity: number, way: Action): StockRecord | string {
  const stock = state.stocks.get(called);
  if (stock === undefined) return unknown(called);
  const { quantity: before, limit = Number.MAX_SAFE_INTEGER } = stock;
  // Every book is at most this, so all are exact as long as it is.
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

/** The stocks of a state in their order, made once for all pages of a list. */
const ordered = new WeakMap<Map<string, StockRecord>, readonly StockRecord[]>();

/** Sorted, because a Map's own order must not be visible. */
function inOrder({ stocks }: CatalogState): readonly StockRecord[] {
  const known = ordered.get(stocks);
  if (known !== undefined) return known;
  const made = [...stocks.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  ordered.set(stocks, made);
  return made;
}

function stocksAfter(
  all: readonly StockRecord[],
  { after, limit: most = all.length }: Extract<z.output<typeof queries>, { type: 'list' }>,
): readonly StockRecord[] {
  const first = after === undefined ? 0 : all.findIndex((stock) => stock.name > after);
  return first < 0 ? [] : all.slice(first, first + most);
}

function firstBroken(state: CatalogState, holds: (stock: StockRecord) => boolean): string | undefined {
  const broken = inOrder(state).find((stock) => !holds(stock));
  return broken === undefined ? undefined : JSON.stringify(broken);
}
