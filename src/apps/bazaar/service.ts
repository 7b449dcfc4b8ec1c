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
  // The first group is led by the highest id (PROTOCOL §4): so is `orders` in the source.
  apps: [orders, catalog],
  routes: bazaarRoutes,
  serverRoutes: serverRoutesOf([ORDERS, CATALOG]),
  refusal: problem,
  refusalBody: problemBody,
  invariants: [tradedIsOrdered()],
});

/**
 * For every stock, with O the furthest state of `orders` and C that of `catalog`, and for buying and selling alike:
 *
 *     confirmed  ≤  booked by C as traded for orders  ≤  confirmed + pending
 *
 * C books what it has accepted of the `trade` calls, and what operators trade it books apart. (1) A `trade` that C has
 * accepted was delivered, so some replica of `orders` had applied its order before, and O is no older than that: there it is
 * pending or confirmed; refused it is not, since a call has one outcome. So booked ≤ confirmed + pending. (2) An order that O
 * counts as confirmed was settled with what a replica of `catalog` answered after it had applied the `trade`, and C is no
 * older than that. So confirmed ≤ booked. Each group by itself sees to the rest: within `catalog`, quantity = listed −
 * bought + sold + adjusted. Together: listed − bought + sold by confirmed orders is what there is, but for what is pending
 * and what operators have done.
 */
function tradedIsOrdered(): ServiceInvariant {
  return {
    name: 'shares traded are shares ordered',
    broken({ [ORDERS]: ordered, [CATALOG]: traded }) {
      if (!isOrders(ordered) || !isCatalog(traded)) return 'a group has no state';
      const confirmed = confirmedByStock(ordered);
      // In the order of the names, so that whatever is wrong is said alike each time.
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

/** Every group's state comes as `unknown`; these two were made by the apps above. */
function isOrders(state: unknown): state is OrdersState {
  return typeof state === 'object' && state !== null && 'orders' in state && 'pending' in state;
}

function isCatalog(state: unknown): state is CatalogState {
  return typeof state === 'object' && state !== null && 'stocks' in state;
}
