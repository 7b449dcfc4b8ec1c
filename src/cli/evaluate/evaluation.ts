import type { Kind, Sample } from '../client/bazaar/trader.ts';
import { type Timings, timingsOf } from '../shared/timings.ts';

/** Whether front ends cache answers. */
export type CacheMode = 'on' | 'off';

/** Compared kinds of requests: `query` is all of them, hit or miss. */
export const MEASURED = ['query', 'query hit', 'query miss', 'trade', 'order'] as const;

export type Measured = (typeof MEASURED)[number];

/** The measurements with one probability of a trade. */
export interface Part {
  readonly cache: CacheMode;
  /** Trades in a hundred queries. */
  readonly percent: number;
  /** Kinds that did not occur are missing; so are hits and misses without a cache. */
  readonly timings: Readonly<Partial<Record<Measured, Timings>>>;
  /** The sum over all front ends, by their own counters. */
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly invalidations: number;
  readonly orders: number;
  /** Orders that the catalogue refused, such as those of more shares than there are. */
  readonly refused: number;
  readonly seconds: number;
}

/** The cache of a front end at one instant. */
export interface CacheSeen {
  /** Seconds since the first poll. */
  readonly at: number;
  /** Most recently used first. */
  readonly names: readonly string[];
}

export interface Mark {
  /** Seconds. */
  readonly at: number;
  readonly what: string;
}

/** The clients' view of an outage: the primary of `orders` was killed and brought back. */
export interface Outage {
  readonly cache: CacheMode;
  /** Trades in a hundred queries. */
  readonly percent: number;
  readonly killed: string;
  readonly successor: string;
  /** Events, in seconds since the clients began. */
  readonly marks: readonly Mark[];
  /** Longest wait of the requests sent in each tenth of a second: milliseconds, 0 for none. */
  readonly waits: Readonly<Record<'query' | 'trade', readonly number[]>>;
  /** Number of requests, and of failed ones: refused for no reason of the bazaar, or expired. */
  readonly requests: number;
  readonly failed: number;
  readonly unknown: number;
  /** Milliseconds. */
  readonly longestWait: number;
}

/** One data server at the end. */
export interface ReplicaView {
  readonly node: string;
  readonly orders: number;
  readonly stocks: number;
  readonly shares: number;
  /** By group, a hash of the replica's machine: state, results, calls. */
  readonly hashes: Readonly<Record<string, number>>;
}

export interface Evaluation {
  /** `2026-11-21T17:00:00Z` */
  readonly date: string;
  /** Processor, cores, memory, system, Node.js, a part each. */
  readonly machine: readonly string[];
  readonly version: string;
  readonly seed: number;
  readonly clients: number;
  /** Queries of each client with each probability. */
  readonly iterations: number;
  readonly stocks: readonly string[];
  readonly servers: number;
  readonly frontEnds: number;
  readonly cacheSize: number;
  readonly parts: readonly Part[];
  /** The first front end's cache, during the parts with a cache. */
  readonly sights: readonly CacheSeen[];
  /** The start of each of those parts. */
  readonly marks: readonly Mark[];
  readonly outages: readonly Outage[];
  readonly replicas: readonly ReplicaView[];
  /** Remembered orders that were compared with the server. */
  readonly compared: number;
  /** Rules that are broken; empty without any. */
  readonly problems: readonly string[];
  /** What could not be decided, such as orders that could not be read. */
  readonly unknown: readonly string[];
  readonly seconds: number;
}

/** Durations of each kind; `query` has those of all queries. */
export function measure(samples: readonly Sample[], cache: CacheMode): Part['timings'] {
  const timings: Partial<Record<Measured, Timings>> = {};
  for (const measured of MEASURED) {
    const kinds = KINDS_OF[measured];
    if (cache === 'off' && (measured === 'query hit' || measured === 'query miss')) continue;
    const millis = samples.filter(({ kind }) => kinds.includes(kind)).map((sample) => sample.millis);
    if (millis.length > 0) timings[measured] = timingsOf(millis);
  }
  return timings;
}

const KINDS_OF: Readonly<Record<Measured, readonly Kind[]>> = {
  query: ['query hit', 'query miss'],
  'query hit': ['query hit'],
  'query miss': ['query miss'],
  trade: ['trade'],
  order: ['order'],
};

/** Percentage of queries answered from a cache; undefined without queries. */
export function hitRate({ hits, misses }: Pick<Part, 'hits' | 'misses'>): number | undefined {
  return hits + misses === 0 ? undefined : (100 * hits) / (hits + misses);
}

/** Length of a piece of `Outage.waits`, in milliseconds. */
export const WAIT_PIECE = 100;

/** The longest wait of the requests sent in each piece of time since `beganAt`. */
export function waitsOf(samples: readonly Sample[], kinds: readonly Kind[], beganAt: number): readonly number[] {
  const own = samples.filter(({ kind }) => kinds.includes(kind));
  const pieceOf = ({ at }: Sample): number => Math.max(0, Math.floor((at - beganAt) / WAIT_PIECE));
  const waits = Array.from({ length: own.reduce((most, sample) => Math.max(most, pieceOf(sample) + 1), 0) }, () => 0);
  for (const sample of own) waits[pieceOf(sample)] = Math.max(waits[pieceOf(sample)] ?? 0, sample.millis);
  return waits;
}

/** What clients noticed of the outages, in a sentence. */
export function noticed(outages: readonly Outage[]): string {
  const requests = outages.reduce((sum, outage) => sum + outage.requests, 0);
  const failed = outages.reduce((sum, outage) => sum + outage.failed, 0);
  const unknown = outages.reduce((sum, outage) => sum + outage.unknown, 0);
  const longest = Math.max(0, ...outages.map(({ longestWait }) => longestWait));
  const asked = `of ${requests} requests ${failed} failed and ${unknown} had an unknown outcome`;
  const verdict = failed + unknown === 0 ? 'no client noticed more than a wait' : 'clients noticed';
  return `${verdict}: ${asked}; the longest wait was ${Math.round(longest)} ms`;
}

/** Whether all data servers ended equal, in a sentence. */
export function sameEverywhere({ replicas }: Pick<Evaluation, 'replicas'>): string {
  const [first, ...others] = replicas;
  if (first === undefined) return 'no data server was asked';
  const isSame = others.every((other) => JSON.stringify({ ...other, node: first.node }) === JSON.stringify(first));
  const names = replicas.map(({ node }) => node).join(', ');
  if (!isSame) return `the data servers (${names}) ended with different data`;
  return `all data servers (${names}) ended with the same: ${first.orders} orders, ${first.shares} shares of ${first.stocks} stocks, and the same hash over all that they have made`;
}
