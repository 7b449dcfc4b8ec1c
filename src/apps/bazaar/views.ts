import * as z from 'zod';
import type { Json } from '../../protocol/model/json.ts';
import type { CachedItem, CacheView } from '../../service/service.ts';
import { booksRow, type StockRow, stockRow } from './catalog.ts';
import { priceOf } from './money.ts';
import { orderRow, ordersSince } from './orders.ts';

// The groups' answers as clients see them, with their schemas.

const stock = z.object({ name: z.string(), price: z.number(), quantity: z.int() });
/** Besides, the names that the source's text has. */
const namedStock = stock.extend({ stock_name: z.string() });
const cached = z.union([
  stock.extend({ index: z.int() }),
  z.object({ name: z.string(), unknown: z.literal(true), index: z.int() }),
]);

export function dataOf(data: z.ZodType): z.ZodType {
  return z.object({ data });
}

/** Bodies of a 200. */
export const stockBody = dataOf(namedStock);
export const stocksBody = dataOf(z.array(namedStock));
export const wholeStockBody = dataOf(
  namedStock.extend({ volume: z.int(), trade_volume: z.int(), limit: z.int().exactOptional() }),
);
export const booksBody = dataOf(z.array(booksRow));
export const listedBody = dataOf(z.object({ name: z.string() }));
export const transactionBody = dataOf(z.object({ transaction_number: z.int() }));
export const orderBody = dataOf(orderRow);
export const ordersBody = dataOf(ordersSince);
export const leaderBody = dataOf(z.object({ leader: z.string() }));
export const aliveBody = dataOf(z.object({ alive: z.literal(true) }));
export const removedBody = dataOf(z.object({ removed: z.int() }));
export const cacheBody = dataOf(
  z.object({
    size: z.int(),
    items: z.array(cached),
    hits: z.int(),
    misses: z.int(),
    evictions: z.int(),
    invalidations: z.int(),
  }),
);

/** A stock as the source shows it. */
export function showStock(value: Json): Json {
  return named(stockRow.parse(value));
}

export function showStocks(value: Json): Json {
  return z.array(stockRow).parse(value).map(named);
}

/** All fields of a stock. */
export function showWholeStock(value: Json): Json {
  const row = stockRow.parse(value);
  return { ...row, price: priceOf(row.price), stock_name: row.name, trade_volume: row.volume };
}

export function showTransaction(value: Json): Json {
  return { transaction_number: placed.parse(value).number };
}

const placed = z.object({ number: z.int() });

/** The group's answer, unchanged. */
export function showAsIs(value: Json): Json {
  return value;
}

/** The cache of a front end. That a stock is unknown is cached, too. */
export function showCache({ items, ...counted }: CacheView): Json {
  return { ...counted, items: items.map(showItem) };
}

function showItem({ key, outcome, index }: CachedItem): Json {
  if (outcome.type === 'refused') return { name: key, unknown: true, index };
  return { ...shown(stockRow.parse(outcome.value)), index };
}

function named(row: StockRow): Json {
  return { ...shown(row), stock_name: row.name };
}

function shown({ name, price, quantity }: StockRow): {
  readonly name: string;
  readonly price: number;
  readonly quantity: number;
} {
  return { name, price: priceOf(price), quantity };
}
