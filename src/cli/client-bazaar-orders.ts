import { isDeepStrictEqual } from 'node:util';
import type { Order } from './client-bazaar-asks.ts';

/** What the server has under a number: an order, or why it has none. */
export type Found = Order | string;

/** How orders differ from what the server has under their numbers, a line each; nothing where they are the same. */
export function compareOrders(
  local: readonly Order[],
  found: { get(number: number): Found | undefined },
): readonly string[] {
  return local.flatMap((order) => {
    const there = found.get(order.number) ?? 'nothing';
    if (isDeepStrictEqual(there, order)) return [];
    const shown = typeof there === 'string' ? there : showOrder(there);
    return [`order ${order.number} is ${showOrder(order)} here, and there: ${shown}`];
  });
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

/** What the source's client says at its end. */
export function showMatch(orders: number, differences: readonly string[]): string {
  const counted = `${orders} ${orders === 1 ? 'order' : 'orders'}`;
  return differences.length === 0
    ? `${counted}: order info match with local`
    : `${counted}: ${differences.length} not match with local`;
}

function showOrder({ type, quantity, name }: Order): string {
  return `${type} ${quantity} of ${name}`;
}
