import { isDeepStrictEqual } from 'node:util';
import type { Order } from './requests.ts';

/** The server's answer about a number: an order, no order, or the reason why it is unknown. */
export type Found =
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'none'; readonly said: string }
  | { readonly type: 'unknown'; readonly why: string };

/** The result of comparing orders with a server, a line each; both lists are empty where all are equal. */
export interface Comparison {
  /** Orders that differ at the server, or are missing there. */
  readonly differences: readonly string[];
  /** Orders that could not be compared: neither equal nor different. */
  readonly uncompared: readonly string[];
}

/** Compares orders with those that the server has under their numbers. */
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

/** Numbers of more than one order, a line each. */
export function givenTwice(orders: readonly Order[]): readonly string[] {
  const known = new Set<number>();
  return orders.flatMap(({ number }) => {
    if (known.has(number)) return [`the number ${number} was given to two orders`];
    known.add(number);
    return [];
  });
}

/** The source's last line, and the number of orders that could not be compared. */
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
