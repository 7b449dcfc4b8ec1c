import { compareOrders, type Found, showMatch } from './client-bazaar-orders.ts';
import type { Order } from './client-bazaar-asks.ts';
import { ledgerOf, problemsIn, showLedger } from './client-bazaar-ledgers.ts';
import type { TestReport } from './client-report.ts';

export interface BazaarCheckOptions {
  /** Base URLs of data servers. */
  readonly addresses: readonly string[];
  /** Orders that a client remembers, to be found at each server; undefined where there are none. */
  readonly remembered: readonly Order[] | undefined;
  /** How long they may take to come to the same, in milliseconds. */
  readonly within: number;
  readonly deadline: number;
}

/** How long to wait before servers that differ are read again, in milliseconds. */
const AGAIN_AFTER = 200;

/**
 * Reads all orders and books from every data server, past all front ends, until they have the same and it adds up, or the
 * time is over. Where orders keep coming they may never be found alike.
 */
export async function checkBazaar(options: BazaarCheckOptions): Promise<TestReport> {
  const { addresses, remembered, within, deadline } = options;
  const until = performance.now() + within;
  for (;;) {
    const ledgers = await Promise.all(addresses.map((address) => ledgerOf(address, deadline)));
    const forgotten = ledgers.flatMap(({ node, orders }) => {
      const found = new Map<number, Found>(orders.map((order) => [order.number, order]));
      return compareOrders(remembered ?? [], found).map((line) => `${node}: ${line}`);
    });
    const problems = [...problemsIn(ledgers), ...forgotten];
    if (problems.length === 0 || performance.now() >= until) {
      const compared = remembered === undefined ? [] : [showMatch(remembered.length, forgotten)];
      return { test: 'bazaar check', problems, lines: [...ledgers.map(showLedger), ...compared], timings: {} };
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}
