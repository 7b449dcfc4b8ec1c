import * as z from 'zod';
import { accepted, type Decided, type GroupName, refused } from '../../protocol/model/app.ts';
import { defineRoute, noBody, nothing } from '../../service/define-service.ts';
import { read, readFresh, readList, write } from '../../service/plans.ts';
import type { Route, RoutePlan } from '../../service/service.ts';
import { count, id, name, pathId } from '../schemas.ts';
import { answer, answerWith } from './answers.ts';
import { actionSaid, CATALOG, stockRow } from './catalog.ts';
import { orderedCount, ORDERS } from './orders.ts';
import { findOrder, placeOrder } from './shared-plans.ts';
import {
  aliveBody,
  booksBody,
  orderBody,
  ordersBody,
  showAsIs,
  showStock,
  showWholeStock,
  stockBody,
  transactionBody,
  wholeStockBody,
} from './views.ts';

/**
 * The routes of a data server: those of the source's catalogue server and order server, which were separate processes.
 * - Where a server has one group, its paths are bare (`/query`).
 * - Where it has both, each group also has its paths behind its name (`/catalog/query`, `/orders/query`).
 * - Both groups have a bare `/trade`, by different methods, and a `GET /query`, told apart by its parameter.
 */
export function serverRoutesOf(groups: readonly GroupName[]): readonly Route[] {
  const bare = [
    ...(groups.includes(CATALOG) ? catalogServer((path) => path) : []),
    ...(groups.includes(ORDERS) ? orderServer((path) => path) : []),
  ];
  if (groups.length === 1) return bare;
  return [
    eitherQuery,
    ...bare.filter(({ path }) => path !== eitherQuery.path),
    ...catalogServer((path) => `/${CATALOG}${path}`),
    ...orderServer((path) => `/${ORDERS}${path}`),
  ];
}

const STOCK_OR_ORDER = 'expected stock_name or order_number, one of the two';

const stockOrOrder = z
  .object({ stock_name: name.exactOptional(), order_number: pathId.exactOptional() })
  .transform(({ stock_name: stock, order_number: number }, context) => {
    if (stock !== undefined && number === undefined) return { type: 'stock', name: stock } as const;
    if (number !== undefined && stock === undefined) return { type: 'order', number } as const;
    context.addIssue({ code: 'custom', message: STOCK_OR_ORDER });
    return z.NEVER;
  });

const eitherQuery = defineRoute({
  method: 'GET',
  path: '/query',
  summary: 'A stock by its name, as /catalog/query; or an order by its number, as /orders/query',
  errors: { 404: 'No stock of that name, or no order of that number' },
  parameters: stockOrOrder,
  body: noBody,
  answer: z.union([wholeStockBody, orderBody]),
  plan: ({ parameters: asked }, [found]) =>
    asked.type === 'stock' ? findWholeStock(asked.name, found) : findOrder(asked.number, found),
});

function findWholeStock(asked: string, found: Decided | undefined): RoutePlan {
  return found === undefined ? read(CATALOG, { type: 'get', name: asked }) : answerWith(found, showWholeStock);
}

function catalogServer(at: (path: string) => string): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: at('/query'),
      summary: 'All fields of a stock',
      errors: { 404: 'No stock of that name' },
      parameters: z.object({ stock_name: name }),
      body: noBody,
      answer: wholeStockBody,
      plan: ({ parameters: { stock_name: asked } }, [found]) => findWholeStock(asked, found),
    }),
    defineRoute({
      method: 'POST',
      path: at('/trade'),
      // Creates shares: for operators only.
      signed: true,
      summary: 'Put shares into a stock or take them out without an order',
      errors: { 404: 'Unknown, insufficient or overstocked: nothing has changed' },
      parameters: nothing,
      body: z.object({ stock_name: name, action: actionSaid, quantity: count }),
      answer: wholeStockBody,
      plan({ body: { stock_name: asked, ...trade } }, [traded, found]) {
        if (traded === undefined) return write(CATALOG, { type: 'adjust', name: asked, ...trade });
        if (traded.type === 'refused') return answerWith(traded, showAsIs);
        return findWholeStock(asked, found);
      },
    }),
    defineRoute({
      method: 'GET',
      path: at('/books'),
      summary: 'What was listed, bought, sold and adjusted of each stock',
      parameters: nothing,
      body: noBody,
      answer: booksBody,
      plan: (_, [books]) => (books === undefined ? readList(CATALOG, { type: 'books' }) : answerWith(books, showAsIs)),
    }),
  ];
}

function orderServer(at: (path: string) => string): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: at('/query'),
      summary: 'One order by its number',
      errors: { 404: 'No order of that number' },
      parameters: z.object({ order_number: pathId }),
      body: noBody,
      answer: orderBody,
      plan: ({ parameters: { order_number: number } }, [found]) => findOrder(number, found),
    }),
    defineRoute({
      method: 'GET',
      path: at('/trade'),
      changes: true,
      summary: 'Buy or sell shares of a stock; writes, although it is a GET',
      errors: { 404: 'Unknown, insufficient or overstocked: nothing has changed, and no number is used' },
      parameters: z.object({ stock_name: name, type: actionSaid, quantity: pathId.pipe(orderedCount) }),
      body: noBody,
      answer: transactionBody,
      plan: ({ parameters: { stock_name: stock, ...order } }, [placed]) =>
        placeOrder({ name: stock, ...order }, placed),
    }),
    // The source's leader pushed each order here. Here orders come from the log alone, so the body is not trusted: the
    // path answers what a server that was away would have asked for.
    defineRoute({
      method: 'POST',
      path: at('/sync'),
      summary: 'The orders from a number on',
      parameters: nothing,
      body: z.object({ since: id }),
      answer: ordersBody,
      plan: ({ body: { since: number } }, [listed]) =>
        listed === undefined ? read(ORDERS, { type: 'since', number }) : answerWith(listed, showAsIs),
    }),
    defineRoute({
      method: 'GET',
      path: at('/ping'),
      summary: 'Whether the server answers',
      parameters: nothing,
      body: noBody,
      answer: aliveBody,
      plan: () => answer({ alive: true }),
    }),
    defineRoute({
      method: 'GET',
      path: at('/test'),
      summary: 'Whether both groups answer: a stock, the first of the catalogue unless named',
      errors: { 404: 'No such stock, or none at all' },
      parameters: z.object({ stock_name: name.exactOptional() }),
      body: noBody,
      answer: stockBody,
      plan: ({ parameters: { stock_name: asked } }, outcomes) => askBoth(asked, outcomes),
    }),
    defineRoute({
      method: 'GET',
      path: at('/test1'),
      summary: 'A constant sample order',
      parameters: nothing,
      body: noBody,
      answer: orderBody,
      plan: () => answer({ number: 0, name: 'EXAMPLE', type: 'buy', quantity: 1 }),
    }),
  ];
}

/** A read of `orders`, whatever its outcome; then of a stock from `catalog`. */
function askBoth(asked: string | undefined, [orders, stocks]: readonly Decided[]): RoutePlan {
  if (orders === undefined) return readFresh(ORDERS, { type: 'get', number: 0 });
  if (stocks === undefined)
    return readFresh(CATALOG, asked === undefined ? { type: 'list', limit: 1 } : { type: 'get', name: asked });
  return answerWith(asked === undefined ? firstOf(stocks) : stocks, showStock);
}

function firstOf(listed: Decided): Decided {
  if (listed.type === 'refused') return listed;
  const [first] = z.array(stockRow).parse(listed.value);
  return first === undefined ? refused('no stock is listed') : accepted(first);
}
