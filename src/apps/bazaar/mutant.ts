import type { Route, Service } from '../../service/service.ts';
import { refuse } from './answers.ts';
import { CATALOG, catalog, type CatalogState, stockRow } from './catalog.ts';
import { orders } from './orders.ts';
import { bazaar } from './service.ts';

/**
 * The planted bug `checks-stock-only-when-asked`: the quantity is checked when an order is placed, and not when it is
 * traded. Two clients that saw the last shares both get them.
 */
export const buggyBazaar: Service = {
  ...bazaar,
  apps: bazaar.apps.map((app) => (app.name === CATALOG ? unchecked(catalog) : app)),
  routes: bazaar.routes.map((route) =>
    route.method === 'POST' && route.path === '/orders' ? checkedBefore(route) : route,
  ),
};

/** Sells without checking: lends the stock as many shares as are bought, and takes them back at once. */
function unchecked(app: typeof catalog): typeof catalog {
  return {
    ...app,
    apply(state, command, context) {
      const isBuying = command.type === 'trade' && command.action === 'buy' && state.stocks.has(command.name);
      if (!isBuying) return app.apply(state, command, context);
      const { name, quantity } = command;
      return withMore(app.apply(withMore({ state }, name, quantity).state, command, context), name, -quantity);
    },
  };
}

function withMore<Step extends { readonly state: CatalogState }>(step: Step, name: string, quantity: number): Step {
  const { stocks } = step.state;
  const stock = stocks.get(name);
  if (stock === undefined) return step;
  const more = Object.freeze({ ...stock, quantity: stock.quantity + quantity });
  return { ...step, state: { ...step.state, stocks: stocks.set(name, more) } };
}

/** Reads the stock first, and places the order only if enough is left. */
function checkedBefore(route: Route): Route {
  return {
    ...route,
    plan(asked, [found, ...outcomes], view) {
      const plan = route.plan(asked, outcomes, view);
      if (found?.type === 'refused') return refuse(404, found.reason);
      const order = plan.type === 'write' ? orders.decode(plan.command) : undefined;
      if (order?.type !== 'decoded' || order.value.action !== 'buy') return plan;
      const { name, quantity } = order.value;
      if (found === undefined) return { type: 'read', group: CATALOG, query: { type: 'get', name } };
      const { quantity: left } = stockRow.parse(found.value);
      return left >= quantity ? plan : refuse(404, `insufficient stock: ${name} has ${left} left`);
    },
  };
}
