import { assert } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import { decode, isObject, json } from '../../protocol/wire/decode.ts';
import { queryParameters, takenApart } from '../../service/query.ts';
import type { ClientCall } from '../../sim/base/history.ts';
import type { HistoryForm } from '../../sim/workloads/workload.ts';
import { bazaar } from './checker-model/bazaar.ts';

/** Requests to the bazaar as operations of the checker's model `bazaar`. */
export const bazaarHistory: HistoryForm = {
  model: bazaar,
  // 404: a refused trade, an unknown stock, an unknown order.
  statuses: [200, 400, 404],
  cached: ['query'],
  asked(call) {
    const [path, query = ''] = takenApart(call.path);
    const parameters = new Map(queryParameters(query) ?? []);
    const [, place, item] = path.split('/');
    if (call.method === 'POST') return asksToWrite(call, place);
    const stock = item ?? parameters.get('stock_name');
    // Requests for a page of a list, or about the cache, are no operations of the model.
    if (place === 'stocks' && stock !== undefined) return { f: 'query', value: { stock } };
    const isPage = parameters.has('after') || parameters.has('limit');
    if (place === 'stocks') return isPage ? undefined : { f: 'query-all', value: null };
    const number = item ?? parameters.get('order_number');
    return place === 'orders' && number !== undefined ? { f: 'order', value: { number: Number(number) } } : undefined;
  },
  answered({ method, path }, status, body) {
    const said = fieldsOf(valueOf(body));
    const { data } = said;
    if (status !== 200) return refusal(fieldsOf(said['error'])['message']);
    if (method === 'POST') return path === '/orders' ? { order: fieldsOf(data)['transaction_number'] ?? null } : null;
    if (isRows(data)) return data.map((row) => stockOf(fieldsOf(row)));
    return path.startsWith('/orders') ? orderOf(fieldsOf(data)) : stockOf(fieldsOf(data));
  },
};

type Fields = { readonly [key: string]: Json };

/** A malformed body is left out: it is refused without effect. */
function asksToWrite(
  { body }: ClientCall,
  place: string | undefined,
): { readonly f: string; readonly value: Json } | undefined {
  const { name, stock_name: named, quantity, type } = fieldsOf(body ?? null);
  const stock = name ?? (place === 'orders' ? named : undefined);
  if (place === 'orders' && typeof named === 'string' && named !== stock) return undefined;
  const action = type === 'Buy' || type === 'Sell' ? type.toLowerCase() : type;
  if (typeof stock !== 'string' || typeof quantity !== 'number') return undefined;
  if (place === 'stocks') return { f: 'list', value: { stock, quantity } };
  if (place !== 'orders' || !Number.isSafeInteger(quantity) || quantity < 1) return undefined;
  return action === 'buy' || action === 'sell' ? { f: 'trade', value: { stock, quantity, action } } : undefined;
}

/** The reason of a refused trade names the quantity there was. */
function refusal(message: Json | undefined): Json {
  const refused = typeof message === 'string' ? message : '';
  const [, quantity] = /^(?:insufficient stock|overstock): \S+ has (\d+) /.exec(refused) ?? [];
  return quantity === undefined ? { refused } : { refused, quantity: Number(quantity) };
}

function stockOf({ name: stock = null, quantity = null }: Fields): Json {
  return { stock, quantity };
}

function orderOf({ number = null, name: stock = null, type: action = null, quantity = null }: Fields): Json {
  return { number, stock, action, quantity };
}

function fieldsOf(value: Json | undefined): Fields {
  return isObject(value) ? value : {};
}

function isRows(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function valueOf(body: string): Json {
  const decoded = decode(json, JSON.parse(body), 'the body');
  assert(decoded.type === 'decoded', 'a service answers in JSON');
  return decoded.value;
}
