import { UserError } from '../../shared/errors.ts';
import type { TestReport } from '../report.ts';
import type { DataServer } from '../servers.ts';
import { type Ledger, ledgerOf, problemsIn, showLedger } from './ledgers.ts';
import { compareOrders, type Comparison, type Found, showMatch } from './orders.ts';
import type { Order } from './requests.ts';

export interface BazaarCheckOptions {
  readonly servers: readonly DataServer[];
  /** Orders that a client remembers, to compare with each server; undefined without any. */
  readonly remembered: readonly Order[] | undefined;
  /** Time for the servers to become equal, in milliseconds. */
  readonly within: number;
  readonly deadline: number;
}

/** Pause before servers that differ, or could not be read, are read again. In milliseconds. */
const AGAIN_AFTER = 200;

/**
 * Reads all orders and books from every data server, past all front ends, until they are equal and add up, or the time
 * is over. While orders keep coming they may never be equal. A server that cannot be read is unknown, and may return in
 * time.
 */
export async function checkBazaar(options: BazaarCheckOptions): Promise<TestReport> {
  const { servers, remembered, within, deadline } = options;
  const until = performance.now() + within;
  for (;;) {
    const read = await Promise.all(servers.map((server) => readLedger(server, deadline)));
    const ledgers = read.filter((one) => typeof one !== 'string');
    const unread = read.filter((one) => typeof one === 'string');
    const compared = compareWith(ledgers, remembered ?? []);
    const problems = [...problemsIn(ledgers), ...compared.differences];
    if ((problems.length === 0 && unread.length === 0) || performance.now() >= until) {
      const unknown = [...unread, ...compared.uncompared];
      const lines = [
        ...ledgers.map(showLedger),
        ...(ledgers.length > 1 ? [] : [showAlone(ledgers.length)]),
        ...(remembered === undefined ? [] : [showMatch(remembered.length, compared)]),
      ];
      return { test: 'bazaar check', problems, unknown, lines, timings: {} };
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}

function showAlone(read: number): string {
  return `nothing was compared: ${read} data ${read === 1 ? 'server was' : 'servers were'} read`;
}

/** Resolves to the reason where it could not be read. */
async function readLedger({ node, address }: DataServer, deadline: number): Promise<Ledger | string> {
  try {
    return await ledgerOf(address, deadline);
  } catch (error) {
    if (error instanceof UserError) return `${node} was not read: ${error.message}`;
    throw error;
  }
}

/** Compares the remembered orders with each ledger. Without a ledger, all orders are unknown. */
function compareWith(ledgers: readonly Ledger[], remembered: readonly Order[]): Comparison {
  if (ledgers.length === 0) {
    const why = 'no data server was read';
    return compareOrders(remembered, { get: () => ({ type: 'unknown', why }) });
  }
  const differences = ledgers.flatMap(({ node, orders }) => {
    const found = new Map<number, Found>(orders.map((order) => [order.number, { type: 'order', order }]));
    return compareOrders(remembered, found).differences.map((line) => `${node}: ${line}`);
  });
  return { differences, uncompared: [] };
}
