import { compareAll, tradersOf } from '../client/bazaar/run.ts';
import type { Sample } from '../client/bazaar/trader.ts';
import { countersOf } from './cache-watch.ts';
import { type CacheMode, measure, type Part } from './evaluation.ts';

export interface PartOptions {
  /** Base URLs. */
  readonly frontEnds: readonly string[];
  readonly clients: number;
  readonly iterations: number;
  readonly deadline: number;
  readonly seed: number;
  readonly cache: CacheMode;
  readonly percent: number;
}

export interface MeasuredPart {
  readonly part: Part;
  readonly problems: readonly string[];
  /** Orders that could not be compared. */
  readonly unknown: readonly string[];
}

/**
 * Measures so many queries by each client, with one probability of a trade; then reads every order back and compares.
 */
export async function measurePart(options: PartOptions): Promise<MeasuredPart> {
  const { frontEnds, iterations, cache, percent } = options;
  const samples: Sample[] = [];
  // With and without a cache, the clients choose the same.
  const trading = { ...options, perMille: percent * 10, seed: options.seed * 101 + percent };
  const traders = await tradersOf(trading, (sample) => samples.push(sample));
  const before = await countersOf(frontEnds);
  const beganAt = performance.now();
  await Promise.all(
    traders.map(async (trader) => {
      for (let nth = 0; nth < iterations; nth += 1) await trader.once();
    }),
  );
  const after = await countersOf(frontEnds);
  const { differences, uncompared } = await compareAll(traders);
  const part: Part = {
    cache,
    percent,
    timings: measure(samples, cache),
    hits: after.hits - before.hits,
    misses: after.misses - before.misses,
    evictions: after.evictions - before.evictions,
    invalidations: after.invalidations - before.invalidations,
    orders: traders.reduce((sum, { orders }) => sum + orders.length, 0),
    refused: traders.reduce((sum, { refused }) => sum + refused, 0),
    seconds: (performance.now() - beganAt) / 1_000,
  };
  const where = `cache ${cache}, p = ${percent} %`;
  const found = [...differences, ...traders.flatMap(({ surprises }) => surprises), ...oddities(part)];
  const placed = (lines: readonly string[]): readonly string[] => lines.map((line) => `${where}: ${line}`);
  return { part, problems: placed(found), unknown: placed(uncompared) };
}

/** A cache that is not in the wanted mode would make the figures meaningless. */
function oddities({ cache, percent, hits }: Part): readonly string[] {
  if (cache === 'off') return hits === 0 ? [] : [`${hits} hits in a cache that is off`];
  return percent === 0 && hits === 0 ? ['not one hit while nothing changed'] : [];
}
