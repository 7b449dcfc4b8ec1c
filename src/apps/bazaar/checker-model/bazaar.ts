import { type Meaning, meaningless, means, type Model } from '../../../checker/model.ts';
import type { Operation } from '../../../checker/operation.ts';
import type { Decoded } from '../../../protocol/model/app.ts';
import { unreachable } from '../../../protocol/model/assert.ts';
import type { Json } from '../../../protocol/model/json.ts';
import { isObject } from '../../../protocol/wire/decode.ts';

type State =
  | { readonly kind: 'stock'; readonly exists: boolean; readonly quantity: number }
  | { readonly kind: 'orders'; readonly count: number }
  | { readonly kind: 'order'; readonly is: string };

type Step =
  | { readonly f: 'list'; readonly quantity: number }
  /** Bought when negative. */
  | { readonly f: 'trade'; readonly by: number }
  | { readonly f: 'quantity'; readonly is: number }
  | { readonly f: 'missing-stock' }
  | { readonly f: 'listed' }
  | { readonly f: 'number'; readonly order: number }
  | { readonly f: 'number-any' }
  | { readonly f: 'place'; readonly order: string }
  | { readonly f: 'order'; readonly is: string };

type Said = Decoded<readonly Meaning<Step>[]>;

/**
 * A stock bazaar. Parts: each stock, the order numbers (dense, from 0), each order.
 * - `list` lists a stock, `query` reads one, `query-all` reads all;
 * - `trade` buys or sells, and gets an order number;
 * - `order` reads an order.
 *
 * docs/reference/checker.md lists the operations.
 */
export const bazaar: Model<State, Step> = {
  name: 'bazaar',
  initial(part) {
    if (part === 'orders') return { kind: 'orders', count: 0 };
    return part.startsWith('order ') ? { kind: 'order', is: '' } : { kind: 'stock', exists: false, quantity: 0 };
  },
  decode(operation) {
    const known = decodeKnown(operation);
    return operation.outcome.type === 'fail' && known.type === 'decoded' ? means() : known;
  },
  apply(state, step) {
    switch (state.kind) {
      case 'stock':
        return applyToStock(state, step);
      case 'orders':
        if (step.f === 'number' ? step.order !== state.count : step.f !== 'number-any') return undefined;
        return { kind: 'orders', count: state.count + 1 };
      case 'order':
        if (step.f === 'place') return state.is === '' ? { kind: 'order', is: step.order } : undefined;
        return step.f === 'order' && step.is === state.is ? state : undefined;
      default:
        return unreachable(state);
    }
  },
  keyOf: (state) => JSON.stringify(state),
  show(state) {
    switch (state.kind) {
      case 'stock':
        return state.exists ? `${state.quantity} in stock` : 'no such stock';
      case 'orders':
        return `${state.count} orders`;
      case 'order':
        return state.is === '' ? 'no such order' : state.is;
      default:
        return unreachable(state);
    }
  },
};

function applyToStock(stock: Extract<State, { readonly kind: 'stock' }>, step: Step): State | undefined {
  if (step.f === 'list') return stock.exists ? undefined : { kind: 'stock', exists: true, quantity: step.quantity };
  if (step.f === 'missing-stock') return stock.exists ? undefined : stock;
  if (!stock.exists) return undefined;
  if (step.f === 'listed') return stock;
  if (step.f === 'quantity') return stock.quantity === step.is ? stock : undefined;
  if (step.f !== 'trade' || stock.quantity + step.by < 0) return undefined;
  return { ...stock, quantity: stock.quantity + step.by };
}

function decodeKnown({ f, input, outcome }: Operation): Said {
  const value = outcome.type === 'ok' ? outcome.value : undefined;
  const stock = fieldOf(input, 'stock');
  switch (f) {
    case 'list': {
      const quantity = fieldOf(input, 'quantity');
      if (typeof stock !== 'string' || typeof quantity !== 'number') return expected('list: {"stock", "quantity"}');
      const refused = fieldOf(value, 'refused');
      // Any other reason does not tell whether the stock is listed.
      if (refused !== undefined && refused !== `${stock} is listed already`) return means();
      if (refused !== undefined) return means(on(`stock ${stock}`, { f: 'listed' }, true));
      return means(on(`stock ${stock}`, { f: 'list', quantity }));
    }
    case 'query':
      if (typeof stock !== 'string') return expected('query: {"stock"}');
      return value === undefined ? means() : decodeStock(stock, value);
    case 'query-all':
      return value === undefined ? means() : decodeStocks(value);
    case 'trade':
      return decodeTrade(input, value);
    case 'order': {
      const number = fieldOf(input, 'number');
      if (typeof number !== 'number') return expected('order: {"number"}');
      return value === undefined ? means() : decodeOrder(number, value);
    }
    default:
      return meaningless(
        `a bazaar knows no ${JSON.stringify(f)}: one of list, query, query-all, trade, order was expected`,
      );
  }
}

/** A refusal that neither names a quantity nor says that there is no such stock constrains nothing. */
function decodeTrade(input: Json, value: Json | undefined): Said {
  const [stock, action, quantity] = [fieldOf(input, 'stock'), fieldOf(input, 'action'), fieldOf(input, 'quantity')];
  if (typeof stock !== 'string' || typeof quantity !== 'number' || (action !== 'buy' && action !== 'sell')) {
    return expected('trade: {"stock", "action": "buy" or "sell", "quantity"}');
  }
  const refused = fieldOf(value, 'refused');
  if (refused === `no stock ${stock}`) return means(on(`stock ${stock}`, { f: 'missing-stock' }, true));
  if (refused !== undefined) {
    return typeof fieldOf(value, 'quantity') === 'number' ? decodeStock(stock, value) : means();
  }
  const trade = on(`stock ${stock}`, { f: 'trade', by: action === 'buy' ? -quantity : quantity });
  const order = orderText(stock, action, quantity);
  if (value === undefined) return means(trade, on('orders', { f: 'number-any' }), on('order *', { f: 'place', order }));
  const number = fieldOf(value, 'order');
  if (typeof number !== 'number') return expected('trade: ok with {"order"}');
  return means(trade, on('orders', { f: 'number', order: number }), on(`order ${number}`, { f: 'place', order }));
}

function decodeStock(stock: string, value: Json | undefined): Said {
  const quantity = fieldOf(value, 'quantity');
  if (typeof quantity === 'number') return means(on(`stock ${stock}`, { f: 'quantity', is: quantity }, true));
  if (fieldOf(value, 'refused') === undefined) return expected('query: ok with {"quantity"} or {"refused"}');
  return means(on(`stock ${stock}`, { f: 'missing-stock' }, true));
}

/** Every row is a read of its stock; the rows need not be of one instant. */
function decodeStocks(rows: Json): Said {
  const reads: Meaning<Step>[] = [];
  for (const row of isList(rows) ? rows : [rows]) {
    const [stock, quantity] = [fieldOf(row, 'stock'), fieldOf(row, 'quantity')];
    if (typeof stock !== 'string' || typeof quantity !== 'number') {
      return expected('query-all: ok with a list of {"stock", "quantity"}');
    }
    reads.push(on(`stock ${stock}`, { f: 'quantity', is: quantity }, true));
  }
  return means(...reads);
}

function decodeOrder(number: number, value: Json): Said {
  if (fieldOf(value, 'refused') !== undefined) return means(on(`order ${number}`, { f: 'order', is: '' }, true));
  const [stock, action, quantity] = [fieldOf(value, 'stock'), fieldOf(value, 'action'), fieldOf(value, 'quantity')];
  if (typeof stock !== 'string' || typeof action !== 'string' || typeof quantity !== 'number') {
    return expected('order: ok with {"stock", "action", "quantity"} or {"refused"}');
  }
  return means(on(`order ${number}`, { f: 'order', is: orderText(stock, action, quantity) }, true));
}

function orderText(stock: string, action: string, quantity: number): string {
  return `${action} ${quantity} of ${stock}`;
}

function on(part: string, step: Step, reads = false): Meaning<Step> {
  return { part, step, reads };
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function fieldOf(value: Json | undefined, field: string): Json | undefined {
  return isObject(value) ? value[field] : undefined;
}

function expected(what: string): Said {
  return meaningless(`${what} was expected`);
}
