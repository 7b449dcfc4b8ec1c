import { orderRow } from '../../../apps/bazaar/orders.ts';
import { UsageError } from '../../shared/errors.ts';
import { readText } from '../../shared/read-text.ts';
import type { Order } from './requests.ts';

/** Orders as a file: a line of JSON each. */
export function showOrders(orders: readonly Order[]): string {
  return orders.map((order) => `${JSON.stringify(order)}\n`).join('');
}

/** Reads orders. Throws a `UsageError` that names a malformed line. */
export async function readOrders(file: string): Promise<readonly Order[]> {
  const lines = (await readText(file)).split('\n');
  return lines.flatMap((line, place) => {
    if (line.trim() === '') return [];
    const parsed = orderRow.safeParse(jsonIn(line));
    if (parsed.success) return [parsed.data];
    throw new UsageError(`${file}:${place + 1} is no order, such as {"number":0,"name":"x","type":"buy","quantity":1}`);
  });
}

function jsonIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
