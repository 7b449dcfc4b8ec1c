import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { type BooksRow, booksRow } from '../../../apps/bazaar/catalog.ts';
import { type OrderRow, ordersSince } from '../../../apps/bazaar/orders.ts';
import { type Client, createClient, type RequestOptions } from '../../../client/client.ts';
import { fetchStatus } from '../../status/fetch-status.ts';
import { expectDone } from '../requests.ts';

/** The orders and books of one data server, by its own replicas. */
export interface Ledger {
  readonly node: string;
  /** The last entry applied, by group; null for a replica without state. */
  readonly applied: Readonly<Record<string, number | null>>;
  readonly orders: readonly OrderRow[];
  readonly books: readonly BooksRow[];
}

const booksBody = z.object({ data: z.array(booksRow) });
const ordersBody = z.object({ data: ordersSince });

/** Reads all orders and books from one data server, past all front ends and other data servers. */
export async function ledgerOf(address: string, deadline: number): Promise<Ledger> {
  const { node, groups } = await fetchStatus(address);
  // A session without a token: the server answers from its own state.
  const client = createClient({ frontEnds: [address], deadline });
  const read = 'session';
  const books = await booksAt(client, { read });
  const orders: OrderRow[] = [];
  for (;;) {
    const asked = { since: orders.length };
    const { data } = await expectDone(client, 'POST', '/orders/sync', ordersBody, asked, { read });
    orders.push(...data.orders);
    if (orders.length >= data.count || data.orders.length === 0) break;
  }
  const applied = Object.fromEntries(Object.entries(groups).map(([group, state]) => [group, state.applied]));
  return { node, applied, orders, books };
}

/** The books, as a data server answers them to operators. Throws a `UserError` for another answer. */
export async function booksAt(client: Client, options: RequestOptions = {}): Promise<readonly BooksRow[]> {
  const { data } = await expectDone(client, 'GET', '/catalog/books', booksBody, undefined, options);
  return data;
}

/** Differences between data servers, and inconsistencies of a single one. */
export function problemsIn(ledgers: readonly Ledger[]): readonly string[] {
  return [...differences(ledgers), ...ledgers.flatMap(wrongWithin)];
}

export function showLedger({ node, applied, orders, books }: Ledger): string {
  const shares = books.reduce((sum, { quantity }) => sum + quantity, 0);
  const versions = Object.values(applied).map((index) => index ?? 'none');
  return `${node}: ${orders.length} orders, ${books.length} stocks, ${shares} shares (applied ${versions.join(', ')})`;
}

function differences([first, ...others]: readonly Ledger[]): readonly string[] {
  if (first === undefined) return [];
  return others.flatMap((other) =>
    (['orders', 'books'] as const).flatMap((what) => {
      const longest = Math.max(first[what].length, other[what].length);
      const rows = Array.from({ length: longest }, (_, at) => [first[what][at], other[what][at]] as const);
      const differing = rows.find(([here, there]) => !isDeepStrictEqual(here, there));
      if (differing === undefined) return [];
      const [here, there] = differing.map((row) => JSON.stringify(row) ?? 'nothing');
      return [`${what} differ: ${first.node} has ${here}, and ${other.node} has ${there}`];
    }),
  );
}

/** Order numbers that are missing or doubled, and books that do not follow from the orders. */
function wrongWithin({ node, orders, books }: Ledger): readonly string[] {
  const misplaced = orders.flatMap(({ number }, place) =>
    number === place ? [] : [`${node}: the order in place ${place} has the number ${number}`],
  );
  const unbalanced = books.flatMap(({ name, listed, bought, sold, adjusted, quantity }) => {
    const own = orders.filter((order) => order.name === name);
    const sum = (type: 'buy' | 'sell'): number =>
      own.reduce((shares, order) => (order.type === type ? shares + order.quantity : shares), 0);
    return [
      ...(listed - bought + sold + adjusted === quantity
        ? []
        : [
            `${node}, ${name}: ${listed} listed, ${bought} bought, ${sold} sold, ${adjusted} adjusted, ${quantity} there`,
          ]),
      ...(sum('buy') === bought ? [] : [`${node}, ${name}: orders buy ${sum('buy')}, and ${bought} are booked`]),
      ...(sum('sell') === sold ? [] : [`${node}, ${name}: orders sell ${sum('sell')}, and ${sold} are booked`]),
    ];
  });
  return [...misplaced, ...unbalanced];
}
