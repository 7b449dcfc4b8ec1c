import { isDeepStrictEqual } from 'node:util';
import type { Order } from './requests.ts';

/** What the server has under a number: an order, that it has none, or why neither is known. */
export type Found =
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'none'; readonly said: string }
  | { readonly type: 'unknown'; readonly why: string };

/** What comparing orders with a server came to, a line each; nothing of either where all are the same. */
export interface Comparison {
  /** Orders that the server has otherwise, or not at all. */
  readonly differences: readonly string[];
  /** Orders of which nobody could say so: neither the same nor different. */
  readonly uncompared: readonly string[];
}

/** How orders differ from what the server has under their numbers. */
export function compareOrders(local: readonly Order[], found: { get(number: number): Found | undefined }): Comparison {
  const differences: string[] = [];
  const uncompared: string[] = [];
  for (const order of local) {
    const there = found.get(order.number) ?? { type: 'none', said: 'nothing' };
    if (there.type === 'unknown') uncompared.push(`order ${order.number} could not be compared: ${there.why}`);
    else if (there.type === 'none' || !isDeepStrictEqual(there.order, order)) {
      const shown = there.type === 'none' ? there.said : showOrder(there.order);
      differences.push(`order ${order.number} is ${showOrder(order)} here, and there: ${shown}`);
    }
  }
  return { differences, uncompared };
}

/** Numbers that more than one order was given, a line each. */
export function givenTwice(orders: readonly Order[]): readonly string[] {
  const known = new Set<number>();
  return orders.flatMap(({ number }) => {
    if (known.has(number)) return [`the number ${number} was given to two orders`];
    known.add(number);
    return [];
  });
}

/** What the source's client says at its end; and of how many orders it could not be said. */
export function showMatch(orders: number, { differences, uncompared }: Comparison): string {
  const counted = `${orders} ${orders === 1 ? 'order' : 'orders'}`;
  const said = [
    ...(differences.length === 0 ? [] : [`${differences.length} not match with local`]),
    ...(uncompared.length === 0 ? [] : [`${uncompared.length} could not be compared`]),
  ];
  return `${counted}: ${said.length === 0 ? 'order info match with local' : said.join(', ')}`;
}

function showOrder({ type, quantity, name }: Order): string {
  return `${type} ${quantity} of ${name}`;
}
