import type { Listing } from '../../apps/bazaar/catalog.ts';
import { createClient } from '../../client/client.ts';
import { callSigned } from '../../security/call-process.ts';
import { baseOf } from '../client/requests.ts';
import { booksAt } from '../client/bazaar/ledgers.ts';
import { callerFrom } from '../shared/credentials.ts';
import type { OwnCluster } from '../up/temporary-cluster.ts';
import { soon } from '../shared/poll-until.ts';

/**
 * Puts every stock back to the quantity of its catalogue by an operator's trades, so that whatever is measured next has the
 * same to choose from: nobody trades in what is sold out. Throws a `UserError` when the cluster does not take them in time.
 */
export async function restock(own: OwnCluster, catalogue: readonly Listing[], deadline: number): Promise<void> {
  const credentials = await callerFrom(own);
  const address = own.address(own.servers[0] ?? '');
  const client = createClient({ frontEnds: [baseOf(address)], deadline });
  await soon(`${catalogue.length} stocks as full as in the beginning`, async () => {
    const books = await booksAt(client).catch(() => undefined);
    if (books === undefined) return undefined;
    const quantities = new Map(books.map(({ name, quantity }) => [name, quantity]));
    const missing = catalogue.flatMap(({ name, quantity }) => {
      const by = quantity - (quantities.get(name) ?? 0);
      return by === 0 ? [] : [{ stock_name: name, action: by > 0 ? 'sell' : 'buy', quantity: Math.abs(by) }];
    });
    for (const body of missing) {
      // Whether the trade was made is looked up, and its answer not believed: it may have been lost.
      await callSigned(address, { method: 'POST', path: '/catalog/trade', body }, credentials).catch(() => undefined);
    }
    return missing.length === 0 ? true : undefined;
  });
}
