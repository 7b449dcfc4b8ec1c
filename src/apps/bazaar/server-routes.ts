import * as z from 'zod';
import { accepted, type GroupName, type Outcome, refused } from '../../protocol/app.ts';
import { defineRoute, noBody, nothing } from '../../frontend/define.ts';
import type { Plan, Route } from '../../frontend/service.ts';
import { read, readFresh, write } from '../plans.ts';
import { count, id, name, pathCount, pathId } from '../schemas.ts';
import { answer, answerWith } from './answers.ts';
import { action, CATALOG, stockRow } from './catalog.ts';
import { ORDERS } from './orders.ts';
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
 * What a data server answers by itself: the source's catalogue server and order server. Those were processes of their own,
 * and both have a `/query` and a `/trade`; so each group has its paths behind its own name where one server holds both
 * (`/catalog/query`, `/orders/query`), and bare where `groups` has one alone.
 */
export function serverRoutesOf(groups: readonly GroupName[]): readonly Route[] {
  const at = (group: GroupName, path: string): string => (groups.length > 1 ? `/${group}${path}` : path);
  return [
    ...(groups.includes(CATALOG) ? catalogServer((path) => at(CATALOG, path)) : []),
    ...(groups.includes(ORDERS) ? orderServer((path) => at(ORDERS, path)) : []),
  ];
}

function catalogServer(at: (path: string) => string): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: at('/query'),
      summary: 'A stock with all that the catalogue knows of it',
      refuses: { 404: 'No stock of that name' },
      parameters: z.object({ stock_name: name }),
      body: noBody,
      answer: wholeStockBody,
      plan: ({ parameters: { stock_name: asked } }, [found]) =>
        found === undefined ? read(CATALOG, { type: 'get', name: asked }) : answerWith(found, showWholeStock),
    }),
    defineRoute({
      method: 'POST',
      path: at('/trade'),
      // A trade that no order has made: not for whoever comes by.
      signed: true,
      summary: 'Put shares into a stock or take them out without an order',
      refuses: { 404: 'Unknown, insufficient or overstocked: nothing has changed' },
      parameters: nothing,
      body: z.object({ stock_name: name, action, quantity: count }),
      answer: wholeStockBody,
      plan({ body: { stock_name: asked, ...trade } }, [traded, found]) {
        if (traded === undefined) return write(CATALOG, { type: 'adjust', name: asked, ...trade });
        if (traded.type === 'refused') return answerWith(traded, showAsIs);
        return found === undefined ? read(CATALOG, { type: 'get', name: asked }) : answerWith(found, showWholeStock);
      },
    }),
    defineRoute({
      method: 'GET',
      path: at('/books'),
      summary: 'What was listed, bought, sold and adjusted of each stock',
      parameters: nothing,
      body: noBody,
      answer: booksBody,
      plan: (_, [books]) => (books === undefined ? read(CATALOG, { type: 'books' }) : answerWith(books, showAsIs)),
    }),
  ];
}

function orderServer(at: (path: string) => string): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: at('/query'),
      summary: 'One order by its number',
      refuses: { 404: 'No order of that number' },
      parameters: z.object({ order_number: pathId }),
      body: noBody,
      answer: orderBody,
      plan: ({ parameters: { order_number: number } }, [found]) => findOrder(number, found),
    }),
    defineRoute({
      method: 'GET',
      path: at('/trade'),
      summary: 'Buy or sell shares of a stock; writes, although it is a GET',
      refuses: { 404: 'Unknown, insufficient or overstocked: nothing has changed, and no number is used' },
      parameters: z.object({ stock_name: name, type: action, quantity: pathCount }),
      body: noBody,
      answer: transactionBody,
      plan: ({ parameters: { stock_name: stock, ...order } }, [placed]) =>
        placeOrder({ name: stock, ...order }, placed),
    }),
    // In the source the leader pushed each order here. Here the log alone brings orders, and nothing that comes in is believed:
    // the path answers what a server that was away would have asked for.
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
      summary: 'Whether somebody is there',
      parameters: nothing,
      body: noBody,
      answer: aliveBody,
      plan: () => answer({ alive: true }),
    }),
    defineRoute({
      method: 'GET',
      path: at('/test'),
      summary: 'Whether both groups answer: a stock, the first of the catalogue unless named',
      refuses: { 404: 'No such stock, or none at all' },
      parameters: z.object({ stock_name: name.exactOptional() }),
      body: noBody,
      answer: stockBody,
      plan: ({ parameters: { stock_name: asked } }, outcomes) => askBoth(asked, outcomes),
    }),
    defineRoute({
      method: 'GET',
      path: at('/test1'),
      summary: 'The same order every time, which nobody has placed',
      parameters: nothing,
      body: noBody,
      answer: orderBody,
      plan: () => answer({ number: 0, name: 'EXAMPLE', type: 'buy', quantity: 1 }),
    }),
  ];
}

/** A read of `orders`, whatever it finds; then a stock from `catalog`. */
function askBoth(asked: string | undefined, [orders, stocks]: readonly Outcome[]): Plan {
  if (orders === undefined) return readFresh(ORDERS, { type: 'get', number: 0 });
  if (stocks === undefined)
    return readFresh(CATALOG, asked === undefined ? { type: 'list' } : { type: 'get', name: asked });
  return answerWith(asked === undefined ? firstOf(stocks) : stocks, showStock);
}

function firstOf(listed: Outcome): Outcome {
  if (listed.type === 'refused') return listed;
  const [first] = z.array(stockRow).parse(listed.value);
  return first === undefined ? refused('no stock is listed') : accepted(first);
}
