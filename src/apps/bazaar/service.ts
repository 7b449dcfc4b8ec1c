import { defineService } from '../../service/define-service.ts';
import type { ServiceInvariant } from '../../service/service.ts';
import { problem, problemBody } from './answers.ts';
import { CATALOG, catalog, type CatalogState } from './catalog.ts';
import { confirmedByStock, ORDERS, orders, type OrdersState } from './orders.ts';
import { bazaarRoutes } from './routes.ts';
import { serverRoutesOf } from './server-routes.ts';

/** The stock bazaar: shares of stocks, bought and sold by orders that are numbered without a gap. */
export const bazaar = defineService({
  name: 'bazaar',
  // The highest id is normally primary of the first group (PROTOCOL §4): so is `orders` in the source.
  apps: [orders, catalog],
  routes: bazaarRoutes,
  serverRoutes: serverRoutesOf([ORDERS, CATALOG]),
  refusal: problem,
  refusalBody: problemBody,
  invariants: [tradedIsOrdered()],
});

/**
 * For every stock, with O the furthest state of `orders` and C that of `catalog`, for buying and selling alike:
 *
 *     confirmed  ≤  booked by C as traded for orders  ≤  confirmed + pending
 *
 * C books the `trade` calls that it has accepted; trades of operators are booked apart.
 * 1. Booked ≤ confirmed + pending. A `trade` that C has accepted was delivered, so some replica of `orders` had applied
 *    its order before, and O is no older. There it is pending or confirmed; not refused, since a call has one outcome.
 * 2. Confirmed ≤ booked. An order that is confirmed in O was settled with the answer of a replica of `catalog` that had
 *    applied the `trade`, and C is no older.
 *
 * Within `catalog`, quantity = listed − bought + sold + adjusted. Together: the quantity is listed − bought + sold by
 * confirmed orders, except for pending orders and operators' trades.
 */
function tradedIsOrdered(): ServiceInvariant {
  return {
    name: 'shares traded are shares ordered',
    broken({ [ORDERS]: ordered, [CATALOG]: traded }) {
      if (!isOrders(ordered) || !isCatalog(traded)) return 'a group has no state';
      const confirmed = confirmedByStock(ordered);
      // Sorted, so that the message is the same each time.
      for (const stock of [...traded.stocks.keys()].sort()) {
        const booked = traded.stocks.get(stock) ?? NONE;
        const sure = confirmed.get(stock) ?? NONE;
        const perhaps = ordered.pending.get(stock) ?? NONE;
        for (const way of ['bought', 'sold'] as const) {
          if (booked[way] < sure[way] || booked[way] > sure[way] + perhaps[way]) {
            return `${stock}: ${booked[way]} ${way} by the books, ${sure[way]} by confirmed orders, ${perhaps[way]} pending`;
          }
        }
      }
      const unknown = [...confirmed.keys()].sort().find((stock) => !traded.stocks.has(stock));
      return unknown === undefined ? undefined : `there are orders of ${unknown}, and there is no such stock`;
    },
  };
}

const NONE = Object.freeze({ bought: 0, sold: 0 });

/** States are `unknown` here; these two were made by the apps above. */
function isOrders(state: unknown): state is OrdersState {
  return typeof state === 'object' && state !== null && 'orders' in state && 'pending' in state;
}

function isCatalog(state: unknown): state is CatalogState {
  return typeof state === 'object' && state !== null && 'stocks' in state;
}
