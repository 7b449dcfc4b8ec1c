import { List, Map } from 'immutable';
import * as z from 'zod';
import { accepted, type Call, type Listed, type Outcome, refused } from '../../protocol/model/app.ts';
import { assert, unreachable } from '../../protocol/model/assert.ts';
import { asList } from '../../protocol/model/listed.ts';
import { rowsAfter } from '../rows-after.ts';
import { defineApp } from '../../service/define-app.ts';
import { count, id, name, rowLimit } from '../schemas.ts';
import { type Action, action, CATALOG } from './catalog.ts';

/** The name of the group of orders. */
export const ORDERS = 'orders';

/** The bound on orders in one answer. */
export const ORDERS_LISTED_AT_MOST = 1_000;

/**
 * The bound on shares in one order. As many pending orders as a cluster remembers (`dedupeAtMost`) can then be counted
 * together, and an order that the catalogue will refuse refuses no other meanwhile.
 */
const ORDERED_AT_MOST = 2 ** 32;

/** The schema of the shares in an order of a client. */
export const orderedCount = count.max(ORDERED_AT_MOST, `expected at most ${ORDERED_AT_MOST}`);

/** The confirmed order with number n is the n-th of the list, from 0. */
export interface OrdersState {
  readonly orders: List<OrderRow>;
  /** Shares in orders whose trade the catalogue has yet to decide, by stock; only stocks with some. */
  readonly pending: Map<string, Pending>;
}

/** The pending shares of one stock. */
export interface Pending {
  readonly bought: number;
  readonly sold: number;
}

/** A confirmed order. */
export type OrderRow = z.output<typeof orderRow>;

/** The schema of a confirmed order. */
export const orderRow = z.object({
  number: z.int(),
  name: z.string(),
  type: action,
  quantity: z.int(),
});

/** The schema of orders from a number on, and of how many there are in all. */
export const ordersSince = z.object({ orders: z.array(orderRow), count: z.int() });

// `type` is the command; the direction of an order is its `action` until it has a number.
const commands = z.object({ type: z.literal('place'), name, quantity: count, action });

const queries = z.discriminatedUnion('type', [
  z.object({ type: z.literal('get'), number: id }),
  /** The orders after the one with number `after`, at most `limit` of them; all without the two. */
  z.object({ type: z.literal('list'), after: id.exactOptional(), limit: rowLimit.exactOptional() }),
  /** The orders from `number` on, `ORDERS_LISTED_AT_MOST` of them at most. */
  z.object({ type: z.literal('since'), number: id }),
]);

type Place = z.output<typeof commands>;

type Decision =
  | { readonly state: OrdersState; readonly outcome: Outcome }
  | { readonly state: OrdersState; readonly call: Call<typeof CATALOG> };

/**
 * Orders. An order is pending until `catalog` has decided its trade; `resume` then gives it the next number, or drops
 * it after a refusal, without using a number. A write costs the same at ten and at a million orders.
 */
export const orders = defineApp({
  name: ORDERS,
  initial: Object.freeze<OrdersState>({ orders: List<OrderRow>(), pending: Map<string, Pending>() }),
  commands,
  queries,
  calls: [CATALOG],
  apply: place,
  resume: (state, command, outcome): Decision =>
    outcome.type === 'accepted'
      ? confirm(settle(state, command), command)
      : { state: settle(state, command), outcome: refused(outcome.reason) },
  read(state, query): Outcome | Listed {
    switch (query.type) {
      case 'get': {
        const found = state.orders.get(query.number);
        return found === undefined ? refused(`no order ${query.number}`) : accepted(found);
      }
      case 'list':
        return asList(rowsAfter(state.orders, query), (order) => order);
      case 'since': {
        const { size } = state.orders;
        const from = Math.min(query.number, size);
        const some = state.orders.slice(from, Math.min(size, from + ORDERS_LISTED_AT_MOST)).toArray();
        return accepted({ orders: some, count: size });
      }
      default:
        return unreachable(query);
    }
  },
  invariants: [
    {
      name: 'order numbers are dense',
      broken: ({ orders: all }) => {
        const misplaced = all.findIndex(({ number }, at) => number !== at);
        return misplaced < 0 ? undefined : `order ${misplaced} calls itself ${all.get(misplaced)?.number}`;
      },
    },
    {
      name: 'an order is of at least one share',
      broken: ({ orders: all }) => {
        const broken = all.find(({ quantity }) => !Number.isSafeInteger(quantity) || quantity < 1);
        return broken === undefined ? undefined : JSON.stringify(broken);
      },
    },
    {
      name: 'a pending trade is of at least one share',
      broken: ({ pending }) => {
        const broken = pending.findEntry(({ bought, sold }) => bought < 0 || sold < 0 || bought + sold < 1);
        return broken === undefined ? undefined : JSON.stringify(broken);
      },
    },
  ],
});

/** Shares that confirmed orders have bought and sold, by stock; only stocks with some. */
export function confirmedByStock({ orders: all }: OrdersState): Map<string, Pending> {
  return Map<string, Pending>().withMutations((sums) => {
    for (const { name: stock, type, quantity } of all) sums.set(stock, plus(sums.get(stock), type, quantity));
  });
}

function place(state: OrdersState, { name: stock, quantity, action: way }: Place): Decision {
  const { bought, sold } = plus(state.pending.get(stock), way, quantity);
  if (!Number.isSafeInteger(bought + sold)) {
    return { state, outcome: refused(`more of ${stock} is on order than can be counted`) };
  }
  return {
    state: { ...state, pending: state.pending.set(stock, Object.freeze({ bought, sold })) },
    call: { group: CATALOG, command: { type: 'trade', name: stock, quantity, action: way } },
  };
}

function confirm(state: OrdersState, { name: stock, quantity, action: way }: Place): Decision {
  const number = state.orders.size;
  const order = Object.freeze({ number, name: stock, type: way, quantity });
  return { state: { ...state, orders: state.orders.push(order) }, outcome: accepted({ number }) };
}

/** Ends the pending state of an order. */
function settle(state: OrdersState, { name: stock, quantity, action: way }: Place): OrdersState {
  const before = state.pending.get(stock);
  assert(before !== undefined, 'an order that is settled was pending');
  const { bought, sold } = plus(before, way, -quantity);
  const isOver = bought === 0 && sold === 0;
  const pending = isOver ? state.pending.delete(stock) : state.pending.set(stock, Object.freeze({ bought, sold }));
  return { ...state, pending };
}

function plus(sums: Pending | undefined, way: Action, quantity: number): Pending {
  const { bought, sold } = sums ?? NONE;
  return way === 'buy' ? { bought: bought + quantity, sold } : { bought, sold: sold + quantity };
}

const NONE: Pending = Object.freeze({ bought: 0, sold: 0 });
