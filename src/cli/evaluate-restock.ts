import * as z from 'zod';
import type { Listing } from '../apps/bazaar/catalog.ts';
import { callProcess, callSigned, type Credentials } from '../security/call-process.ts';
import { callerFrom } from './credentials.ts';
import type { OwnCluster } from './own-cluster.ts';
import { soon } from './soon.ts';

const shownBooks = z.object({ data: z.array(z.object({ name: z.string(), quantity: z.int() })) });

/**
 * Puts every stock back to the quantity of its catalogue by an operator's trades, so that whatever is measured next has the
 * same to choose from: nobody trades in what is sold out. Throws a `UserError` when the cluster does not take them in time.
 */
export async function restock(own: OwnCluster, catalogue: readonly Listing[]): Promise<void> {
  const credentials = await callerFrom(own);
  const address = own.address(own.servers[0] ?? '');
  await soon(`${catalogue.length} stocks as full as in the beginning`, async () => {
    const before = await quantitiesAt(address, credentials);
    if (before === undefined) return undefined;
    let isFull = true;
    for (const { name, quantity } of catalogue) {
      const missing = quantity - (before.get(name) ?? 0);
      if (missing !== 0) isFull = false;
      if (missing !== 0) await adjust(address, name, missing, credentials);
    }
    // Whether a trade was made is looked up, and its answer not believed: it may have been lost.
    return isFull ? true : undefined;
  });
}

async function quantitiesAt(
  address: string,
  credentials: Credentials,
): Promise<ReadonlyMap<string, number> | undefined> {
  const path = '/catalog/books';
  const answer = await callProcess(address, { method: 'GET', path }, credentials).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  return new Map(shownBooks.parse(JSON.parse(answer.body)).data.map(({ name, quantity }) => [name, quantity]));
}

async function adjust(address: string, name: string, by: number, credentials: Credentials): Promise<void> {
  const body = { stock_name: name, action: by > 0 ? 'sell' : 'buy', quantity: Math.abs(by) };
  await callSigned(address, { method: 'POST', path: '/catalog/trade', body }, credentials).catch(() => undefined);
}
