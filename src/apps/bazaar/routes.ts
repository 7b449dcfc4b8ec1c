import * as z from 'zod';
import type { Decided } from '../../protocol/model/app.ts';
import { defineRoute, noBody, nothing } from '../../service/define-service.ts';
import { read, readFresh, readList, write } from '../../service/plans.ts';
import type { Route, RoutePlan } from '../../service/service.ts';
import { name, pathId, pathLimit } from '../schemas.ts';
import { answer, answerWith, refuse } from './answers.ts';
import { actionSaid, CATALOG, listing } from './catalog.ts';
import { decimalPrice } from './money.ts';
import { orderedCount, orderRow, ORDERS } from './orders.ts';
import { findOrder, placeOrder } from './shared-plans.ts';
import {
  cacheBody,
  dataOf,
  leaderBody,
  listedBody,
  orderBody,
  removedBody,
  showAsIs,
  showCache,
  showStock,
  showStocks,
  stockBody,
  stocksBody,
  transactionBody,
} from './views.ts';

/** An order, with its stock under ours or the source's name. */
const orderSaid = z
  .object({ name: name.exactOptional(), stock_name: name.exactOptional(), quantity: orderedCount, type: actionSaid })
  .transform(({ name: ours, stock_name: theirs, ...order }, context) => {
    const stock = ours ?? theirs;
    if (stock !== undefined && (theirs ?? stock) === stock) return { name: stock, ...order };
    const message = stock === undefined ? 'expected a text' : 'stock_name names another one';
    context.addIssue({ code: 'custom', path: ['name'], message });
    return z.NEVER;
  });

/** The source's paths, bodies and statuses: 200 with `data`, 404 or 400 with an error object. */
export const bazaarRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path: '/stocks/:name',
    summary: 'One stock, perhaps from the cache of the front end',
    errors: { 404: 'No stock of that name' },
    parameters: z.object({ name }),
    body: noBody,
    answer: stockBody,
    plan: ({ parameters: { name: asked } }, [found]) => findStock(asked, found),
  }),
  defineRoute({
    method: 'GET',
    path: '/stocks',
    summary: 'One stock by its name; without one all stocks, or some after a name',
    errors: { 404: 'No stock of that name' },
    parameters: z.object({
      stock_name: name.exactOptional(),
      after: name.exactOptional(),
      limit: pathLimit.exactOptional(),
    }),
    body: noBody,
    answer: z.union([stockBody, stocksBody]),
    plan({ parameters: { stock_name: asked, ...page } }, [found]) {
      if (asked !== undefined) return findStock(asked, found);
      return found === undefined ? readList(CATALOG, { type: 'list', ...page }) : answerWith(found, showStocks);
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/stocks',
    // Creates shares: for operators only.
    signed: true,
    summary: 'List a stock; 400 where one of that name is listed',
    parameters: nothing,
    body: z.object({ ...listing.shape, price: decimalPrice }),
    answer: listedBody,
    plan({ body }, [listed]) {
      if (listed === undefined) return write(CATALOG, { type: 'list', ...body });
      return listed.type === 'accepted' ? answer({ name: body.name }) : refuse(400, listed.reason);
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/orders',
    summary: 'Buy or sell shares of a stock',
    errors: { 404: 'Unknown, insufficient or overstocked: nothing has changed, and no number is used' },
    parameters: nothing,
    body: orderSaid,
    answer: transactionBody,
    plan: ({ body }, [placed]) => placeOrder(body, placed),
  }),
  defineRoute({
    method: 'GET',
    path: '/orders/:number',
    summary: 'One order',
    errors: { 404: 'No order of that number' },
    parameters: z.object({ number: pathId }),
    body: noBody,
    answer: orderBody,
    plan: ({ parameters: { number } }, [found]) => findOrder(number, found),
  }),
  defineRoute({
    method: 'GET',
    path: '/orders',
    summary: 'One order by its number; without one all orders, or some after a number',
    errors: { 404: 'No order of that number' },
    parameters: z.object({
      order_number: pathId.exactOptional(),
      after: pathId.exactOptional(),
      limit: pathLimit.exactOptional(),
    }),
    body: noBody,
    answer: z.union([orderBody, dataOf(z.array(orderRow))]),
    plan({ parameters: { order_number: number, ...page } }, [found]) {
      if (number !== undefined) return findOrder(number, found);
      return found === undefined ? readList(ORDERS, { type: 'list', ...page }) : answerWith(found, showAsIs);
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/leader',
    summary: 'The primary of the group of orders; 503 without one',
    parameters: nothing,
    body: noBody,
    answer: leaderBody,
    plan: (_, [asked], view) => nameLeader(asked, view.primaryOf(ORDERS)),
  }),
  defineRoute({
    method: 'GET',
    path: '/cache',
    summary: 'The cache of this front end, most recently used first, with its hits and misses',
    parameters: nothing,
    body: noBody,
    answer: cacheBody,
    plan: (_, __, view) => answer(showCache(view.cache())),
  }),
  defineRoute({
    method: 'GET',
    path: '/rm',
    changes: true,
    summary: 'Removes a stock from the cache of this front end; all of them without a name',
    // A misspelled parameter must not remove all of them.
    parameters: z.strictObject({ stock_name: name.exactOptional() }, 'expected no parameter but stock_name'),
    body: noBody,
    answer: removedBody,
    plan: ({ parameters: { stock_name: key } }, [removed]) =>
      removed === undefined ? { type: 'forget', key } : answerWith(removed, (items) => ({ removed: items })),
  }),
];

function findStock(asked: string, found: Decided | undefined): RoutePlan {
  if (found !== undefined) return answerWith(found, showStock);
  return { ...read(CATALOG, { type: 'get', name: asked }), cache: asked };
}

/** The primary that this front end knows; without one, a read of the group finds it. */
function nameLeader(asked: Decided | undefined, leader: string | undefined): RoutePlan {
  if (leader !== undefined) return answer({ leader });
  return asked === undefined ? readFresh(ORDERS, { type: 'get', number: 0 }) : refuse(503, 'nobody leads the orders');
}
