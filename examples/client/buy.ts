// Buys shares of a stock at a bazaar:
//
//   npx tsx examples/client/buy.ts FishCo 3 http://127.0.0.1:4560 http://127.0.0.1:4561

import { createClient, ExpiredError, newUuid, RefusedError, UnknownOutcomeError } from 'understudy/client';
import * as z from 'zod';

const [name = 'FishCo', quantity = '1', ...frontEnds] = process.argv.slice(2);
if (frontEnds.length === 0) {
  console.error('usage: buy.ts STOCK QUANTITY ADDRESS..., such as FishCo 3 http://127.0.0.1:4560');
  process.exit(2);
}
const client = createClient({ frontEnds, deadline: 10_000 });

const stock = z.object({ data: z.object({ price: z.number(), quantity: z.int() }) });
const placed = z.object({ data: z.object({ transaction_number: z.int() }) });

// Stored before the request, the uuid lets a program retry after a crash: the order is placed at most once.
const uuid = newUuid();

try {
  const order = { name, quantity: Number(quantity), type: 'buy' };
  const { data } = await client.post('/orders', order, { uuid, answer: placed });
  // The same session sees its own order, whichever front end answers.
  const left = await client.get(`/stocks/${name}`, { answer: stock, read: 'session' });
  console.log(`order ${data.transaction_number}; ${left.data.quantity} left at ${left.data.price}`);
} catch (error) {
  if (error instanceof RefusedError && error.earlier === 'none') console.log(`no: ${error.reason}`);
  else if (error instanceof RefusedError) console.log(`perhaps: ask again as ${error.uuid} (${error.reason})`);
  else if (error instanceof UnknownOutcomeError) console.log(`perhaps: ask again as ${error.uuid} (${error.last})`);
  else if (error instanceof ExpiredError) console.log('no longer known: the uuid has expired');
  else throw error;
  process.exitCode = 1;
}
