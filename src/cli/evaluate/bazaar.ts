import type { Listing } from '../../apps/bazaar/catalog.ts';
import { catalogSeed } from '../../apps/bazaar/seed.ts';
import { bazaar } from '../../apps/bazaar/service.ts';
import { createClient } from '../../client/client.ts';
import { callSigned } from '../../security/call-process.ts';
import { checkBazaar } from '../client/bazaar/check.ts';
import { booksAt } from '../client/bazaar/ledgers.ts';
import { baseOf } from '../client/requests.ts';
import { readSeed, sampleOf, writeSeed } from '../cluster/seed.ts';
import { callerFrom } from '../shared/credentials.ts';
import { UserError } from '../shared/errors.ts';
import { describeMachine } from '../shared/machine.ts';
import { POLL_WITHIN, pollUntil } from '../shared/poll-until.ts';
import { versionOfPackage } from '../shared/version.ts';
import { fetchStatus } from '../status/fetch-status.ts';
import { type OwnCluster, withOwnCluster } from '../up/temporary-cluster.ts';
import { watchCache } from './cache-watch.ts';
import type { CacheMode, CacheSeen, Evaluation, Mark, Outage, Part, ReplicaView } from './evaluation.ts';
import { observeOutage, untilWhole } from './outage.ts';
import { measurePart } from './part.ts';
import { differentHashes, settledViews } from './replicas.ts';

export interface EvaluationOptions {
  readonly seed: number;
  readonly clients: number;
  /** Queries of each client with each probability. */
  readonly iterations: number;
  readonly percents: readonly number[];
  /** Queries of each client that come first and are not counted. */
  readonly warmUp: number;
  /** Whether the primary is killed with a cache, without, or both. */
  readonly outages: readonly CacheMode[];
  readonly outagePercent: number;
  /** See `OutageOptions`. */
  readonly calm: number;
  /** Answers that each front end keeps where there is a cache: fewer than there are stocks. */
  readonly cacheSize: number;
  readonly deadline: number;
  /** Says what is being done. */
  readonly say: (line: string) => void;
}

/** How long a front end may take to start, in milliseconds. */
const READY_WITHIN = 60_000;

/** What has been found so far. */
interface Findings {
  readonly parts: Part[];
  readonly sights: CacheSeen[];
  readonly marks: Mark[];
  readonly outages: Outage[];
  readonly problems: string[];
  readonly unknown: string[];
  compared: number;
}

/**
 * Measures a cluster of its own with several clients, with each probability of a trade, with a cache and without. The
 * primary of `orders` is killed and brought back in a run of its own, one for either: so the times by probability are
 * those of a cluster that is whole. In the end all data servers are asked for all they have.
 */
export async function evaluateBazaar(options: EvaluationOptions): Promise<Evaluation> {
  const beganAt = performance.now();
  const date = `${new Date().toISOString().slice(0, 19)}Z`;
  const findings: Findings = { parts: [], sights: [], marks: [], outages: [], problems: [], unknown: [], compared: 0 };
  const catalogue = await readSeed(catalogSeed, sampleOf(catalogSeed));
  options.say('starting a cluster');
  const evaluate = async (own: OwnCluster): Promise<Evaluation> => {
    const target = { seed: catalogSeed, service: bazaar.name, frontEnds: own.bases, flags: own };
    await writeSeed(target, catalogue, POLL_WITHIN);
    await untilWhole(own, 'data servers that all have a vote');
    await evaluateMode(own, 'on', catalogue, options, findings);
    await restartFrontEnds(own, { cacheSize: 0 });
    await evaluateMode(own, 'off', catalogue, options, findings);
    options.say('comparing what the data servers have');
    const replicas = await compareServers(own, options, findings);
    const stocks = catalogue.map(({ name }) => name);
    const { seed, clients, iterations, cacheSize } = options;
    const seconds = (performance.now() - beganAt) / 1_000;
    const size = { servers: own.servers.length, frontEnds: own.frontEnds.length };
    const where = { date, machine: describeMachine(), version: versionOfPackage() };
    return { ...where, seed, clients, iterations, cacheSize, stocks, ...size, ...findings, replicas, seconds };
  };
  return withOwnCluster(bazaar, evaluate, { cacheSize: options.cacheSize });
}

/** Asks each for all it has, by rows and by hashes; what differs is among the problems. */
async function compareServers(
  own: OwnCluster,
  { deadline }: EvaluationOptions,
  { problems, unknown }: Findings,
): Promise<readonly ReplicaView[]> {
  const servers = own.servers.map((node) => ({ node, address: baseOf(own.address(node)) }));
  const checked = await checkBazaar({ servers, remembered: undefined, within: POLL_WITHIN, deadline });
  const replicas = await settledViews(own, deadline);
  problems.push(...checked.problems, ...differentHashes(replicas));
  unknown.push(...(checked.unknown ?? []));
  return replicas;
}

async function evaluateMode(
  own: OwnCluster,
  cache: CacheMode,
  catalogue: readonly Listing[],
  options: EvaluationOptions,
  findings: Findings,
): Promise<void> {
  const { say, percents, outagePercent, warmUp } = options;
  const shared = { ...options, frontEnds: own.bases, cache };
  say(`cache ${cache}: warming up`);
  const warm = await measurePart({ ...shared, percent: 50, iterations: warmUp, seed: options.seed + 1 });
  findings.problems.push(...warm.problems);
  findings.unknown.push(...warm.unknown);
  findings.compared += warm.part.orders;
  const watch = cache === 'on' ? watchCache(own.bases[0] ?? '') : undefined;
  for (const percent of percents) {
    await restock(own, catalogue, options.deadline);
    if (watch !== undefined)
      findings.marks.push({ at: (performance.now() - watch.beganAt) / 1_000, what: `${percent} %` });
    const { part, problems, unknown } = await measurePart({ ...shared, percent });
    say(`cache ${cache}, p = ${percent} %: ${part.orders} orders in ${part.seconds.toFixed(1)} s`);
    findings.parts.push(part);
    findings.problems.push(...problems);
    findings.unknown.push(...unknown);
    findings.compared += part.orders;
  }
  if (watch !== undefined) findings.sights.push(...(await watch.stop()));
  if (!options.outages.includes(cache)) return;
  await restock(own, catalogue, options.deadline);
  say(`cache ${cache}: killing the primary of orders, and bringing it back`);
  const observed = await observeOutage(own, { ...options, cache, percent: outagePercent });
  const { outage, problems, unknown, compared } = observed;
  say(`cache ${cache}: ${outage.requests} requests, the longest took ${Math.round(outage.longestWait)} ms`);
  findings.outages.push(outage);
  findings.problems.push(...problems);
  findings.unknown.push(...unknown);
  findings.compared += compared;
}

/** So they are as cold with one setting as with the other. */
async function restartFrontEnds(own: OwnCluster, settings: Readonly<Record<string, number>>): Promise<void> {
  for (const node of own.frontEnds) {
    await own.kill(node);
    own.start(node, settings);
  }
  for (const node of own.frontEnds) {
    await pollUntil(
      `a front end ${node} that knows all primaries`,
      async () => {
        const status = await fetchStatus(own.address(node)).catch(() => undefined);
        const leaders = Object.values(status?.frontEnd?.primaries ?? {}).map(({ primary }) => primary);
        return leaders.length > 0 && leaders.every((leader) => leader !== null) ? true : undefined;
      },
      READY_WITHIN,
    ).catch((error: unknown) => {
      throw error instanceof UserError ? new UserError(`${error.message}; it said:\n${own.said(node)}`) : error;
    });
  }
}

/**
 * Puts every stock back to the quantity of its catalogue by an operator's trades, so that whatever is measured next has the
 * same to choose from: nobody trades in what is sold out. Throws a `UserError` when the cluster does not take them in time.
 */
async function restock(own: OwnCluster, catalogue: readonly Listing[], deadline: number): Promise<void> {
  const credentials = await callerFrom(own);
  const address = own.address(own.servers[0] ?? '');
  const client = createClient({ frontEnds: [baseOf(address)], deadline });
  await pollUntil(`${catalogue.length} stocks as full as in the beginning`, async () => {
    const books = await booksAt(client).catch(() => undefined);
    if (books === undefined) return undefined;
    const quantities = new Map(books.map(({ name, quantity }) => [name, quantity]));
    const missing = catalogue.flatMap(({ name, quantity }) => {
      const by = quantity - (quantities.get(name) ?? 0);
      return by === 0 ? [] : [{ stock_name: name, action: by > 0 ? 'sell' : 'buy', quantity: Math.abs(by) }];
    });
    for (const body of missing) {
      // Whether the trade was made is looked up, and its answer not believed: it may have been lost.
      await callSigned(address, { method: 'POST', path: '/catalog/trade', body }, credentials).catch(() => undefined);
    }
    return missing.length === 0 ? true : undefined;
  });
}
