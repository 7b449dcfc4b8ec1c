import * as z from 'zod';
import type { Client, ClientOutcome, RequestOptions } from '../../../client/client.ts';
import { UserError } from '../../shared/errors.ts';
import { expectDone, showOutcome } from '../requests.ts';

/** An order, as its client remembers it and as the server has it. */
export interface Order {
  readonly number: number;
  readonly name: string;
  readonly type: 'buy' | 'sell';
  readonly quantity: number;
}

export type Stock = z.output<typeof stock>;

const stock = z.object({ name: z.string(), price: z.number(), quantity: z.int() });
const stockBody = z.object({ data: stock });
const stocksBody = z.object({ data: z.array(stock) });
const transactionBody = z.object({ data: z.object({ transaction_number: z.int() }) });
const orderBody = z.object({
  data: z.object({ number: z.int(), name: z.string(), type: z.enum(['buy', 'sell']), quantity: z.int() }),
});
const cacheBody = z.object({
  data: z.object({
    size: z.int(),
    items: z.array(z.object({ name: z.string() })),
    hits: z.int(),
    misses: z.int(),
    evictions: z.int(),
    invalidations: z.int(),
  }),
});

/** The items of a front end's cache, most recently used first, and its counters. */
export interface CacheContents {
  readonly size: number;
  readonly names: readonly string[];
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly invalidations: number;
}

/** All stocks, by name. Throws a `UserError` where there is none. */
export async function stocksOf(client: Client): Promise<readonly Stock[]> {
  const { data } = await expectDone(client, 'GET', '/stocks', stocksBody);
  if (data.length > 0) return data;
  throw new UserError('no stock is listed; understudy client bazaar load FILE lists those of a catalogue');
}

export async function cacheOf(client: Client): Promise<CacheContents> {
  const { data } = await expectDone(client, 'GET', '/cache', cacheBody);
  const { items, ...counted } = data;
  return { ...counted, names: items.map(({ name }) => name) };
}

export function askStock(client: Client, name: string): Promise<ClientOutcome> {
  return client.request('GET', `/stocks/${encodeURIComponent(name)}`);
}

export function askOrder(client: Client, number: number, options: RequestOptions = {}): Promise<ClientOutcome> {
  return client.request('GET', `/orders/${number}`, undefined, options);
}

export function placeOrder(client: Client, { name, type, quantity }: Omit<Order, 'number'>): Promise<ClientOutcome> {
  return client.request('POST', '/orders', { name, type, quantity });
}

/** The stock in an answer. Throws a `UserError` for any other answer, as do the two below. */
export function stockIn(outcome: ClientOutcome): Stock {
  return read('a stock', stockBody, outcome).data;
}

export function orderIn(outcome: ClientOutcome): Order {
  return read('an order', orderBody, outcome).data;
}

export function numberIn(outcome: ClientOutcome): number {
  return read('the number of an order', transactionBody, outcome).data.transaction_number;
}

/** Whether the service itself refused, as it does for an order of more shares than there are. */
export function isRefusedTrade(outcome: ClientOutcome): boolean {
  return outcome.type === 'refused' && outcome.status === 404 && outcome.earlier === 'none';
}

/** The result of a trade. Where it may have taken effect, also its uuid: sent again under it, its outcome is told. */
export function showTrade(outcome: ClientOutcome): string {
  const isSure = outcome.type === 'refused' && outcome.earlier === 'none';
  return isSure ? showOutcome(outcome) : `${showOutcome(outcome)}; perhaps placed, under the uuid ${outcome.uuid}`;
}

function read<Body>(what: string, schema: z.ZodType<Body>, outcome: ClientOutcome): Body {
  if (outcome.type !== 'answered') throw new UserError(`${what} was asked for: ${showOutcome(outcome)}`);
  const parsed = schema.safeParse(outcome.body);
  if (parsed.success) return parsed.data;
  throw new UserError(`${what} was asked for, and the answer is ${JSON.stringify(outcome.body)}`);
}
