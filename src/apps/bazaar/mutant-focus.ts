import type { HuntMixes } from '../../sim/workloads/workload.ts';

/** The request mixes that make a planted bug likely to matter. */
export const BAZAAR_MIXES: HuntMixes = {
  // Several clients compete for the last of a stock.
  'checks-stock-only-when-asked': { list: 1, buy: 10 },
  // The same stock is queried again at the same front end while it is traded.
  'fills-cache-after-invalidation': { list: 1, buy: 4, sell: 4, query: 12 },
  // Each trade is a call to the catalogue.
  'executes-repeated-call-again': { list: 1, buy: 4, sell: 4 },
};
