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
import { versionOfPackage } from '../../transport-http/handshake/build.ts';
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
  /** Queries of each client before the measurement. */
  readonly warmUp: number;
  /** Cache modes in which the primary is killed. */
  readonly outages: readonly CacheMode[];
  readonly outagePercent: number;
  /** See `OutageOptions`. */
  readonly calm: number;
  /** Cache size of each front end: less than the number of stocks. */
  readonly cacheSize: number;
  readonly deadline: number;
  /** Reports progress. */
  readonly say: (line: string) => void;
}

/** Time for a front end to start, in milliseconds. */
const READY_WITHIN = 60_000;

/** The findings so far. */
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
 * Measures a cluster of its own with several clients: each probability of a trade, with and without a cache. The
 * primary of `orders` is killed and brought back in a run of its own for either mode, so the times by probability are
 * those of a whole cluster. At the end the data servers are compared.
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

/** Compares all data servers, by rows and by hashes; differences are problems. */
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

/** Restarts the front ends, so that each mode begins with an empty cache. */
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
 * Restores every stock to the quantity of its catalogue by an operator's trades, so that later measurements have the
 * same choice: stock that is sold out is not traded. Throws a `UserError` when the cluster does not accept them in
 * time.
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
      // The trade's effect is read, since its answer may have been lost.
      await callSigned(address, { method: 'POST', path: '/catalog/trade', body }, credentials).catch(() => undefined);
    }
    return missing.length === 0 ? true : undefined;
  });
}
