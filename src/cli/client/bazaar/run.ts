import { createClient } from '../../../client/client.ts';
import { showProgress } from '../../shared/progress-bar.ts';
import { type Timings, timingsOf } from '../../shared/timings.ts';
import type { TestReport } from '../report.ts';
import { type Comparison, givenTwice, showMatch } from './orders.ts';
import { type Order, stocksOf } from './requests.ts';
import { createTrader, KINDS, type Sample, type Trader } from './trader.ts';

export interface BazaarRunOptions {
  /** Base URLs. */
  readonly frontEnds: readonly string[];
  /** Trades in a thousand queries. */
  readonly perMille: number;
  /** Queries of each client. */
  readonly iterations: number;
  readonly clients: number;
  readonly seed: number;
  readonly deadline: number;
  readonly quiet: boolean;
}

export interface BazaarRun {
  readonly report: TestReport;
  /** All placed orders, client by client. */
  readonly orders: readonly Order[];
}

/**
 * Runs the clients: each queries random stocks, and trades with a probability. At the end every order is compared with
 * the server's.
 */
export async function runBazaar(options: BazaarRunOptions): Promise<BazaarRun> {
  const { clients, iterations, quiet } = options;
  const samples: Sample[] = [];
  const traders = await tradersOf(options, (sample) => samples.push(sample));
  const progress = showProgress({ what: 'queries', total: clients * iterations, quiet });
  const beganAt = performance.now();
  let done = 0;
  try {
    await Promise.all(
      traders.map(async (trader) => {
        for (let nth = 0; nth < iterations; nth += 1) {
          await trader.once();
          done += 1;
          progress.update(done);
        }
      }),
    );
  } finally {
    progress.stop();
  }
  const seconds = (performance.now() - beganAt) / 1_000;
  const compared = await compareAll(traders);
  const orders = traders.flatMap((trader) => trader.orders);
  const refused = traders.reduce((sum, trader) => sum + trader.refused, 0);
  const surprises = traders.flatMap((trader) => trader.surprises);
  const found: TestReport = {
    test: 'bazaar run',
    problems: [...compared.differences, ...surprises],
    unknown: compared.uncompared,
    lines: [
      `${done} queries by ${clients === 1 ? 'one client' : `${clients} clients`} in ${seconds.toFixed(1)} s, seed ${options.seed}`,
      `${orders.length} orders placed, ${refused} refused, ${surprises.length} surprises`,
      showMatch(orders.length, compared),
    ],
    timings: timingsByKind(samples),
  };
  return { report: found, orders };
}

/** Clients that begin at different front ends. Throws a `UserError` where no stock is listed. */
export async function tradersOf(
  { frontEnds, clients, deadline, perMille, seed }: Omit<BazaarRunOptions, 'iterations' | 'quiet'>,
  note: (sample: Sample) => void,
): Promise<readonly Trader[]> {
  const listed = await stocksOf(createClient({ frontEnds, deadline }));
  const stocks = listed.map(({ name }) => name);
  return Array.from({ length: clients }, (_, nth) => {
    const first = nth % frontEnds.length;
    const client = createClient({ frontEnds: [...frontEnds.slice(first), ...frontEnds.slice(0, first)], deadline });
    return createTrader({ client, stocks, perMille, seed, name: `trader ${nth}`, note });
  });
}

/** Compares the orders of all clients with the server's. A number of two clients counts as a difference. */
export async function compareAll(traders: readonly Trader[]): Promise<Comparison> {
  const each = await Promise.all(traders.map((trader) => trader.compare()));
  const twice = givenTwice(traders.flatMap(({ orders }) => orders));
  return {
    differences: [...each.flatMap(({ differences }) => differences), ...twice],
    uncompared: each.flatMap(({ uncompared }) => uncompared),
  };
}

/** Timings of each kind that occurred. */
function timingsByKind(samples: readonly Sample[]): Readonly<Record<string, Timings>> {
  const timings: Record<string, Timings> = {};
  for (const kind of KINDS) {
    const millis = samples.filter((sample) => sample.kind === kind).map((sample) => sample.millis);
    if (millis.length > 0) timings[kind] = timingsOf(millis);
  }
  return timings;
}
