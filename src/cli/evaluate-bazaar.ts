import { cpus, release, totalmem, type } from 'node:os';
import { z } from 'zod';
import { bazaar } from '../apps/bazaar/service.ts';
import { callSigned } from '../security/call-process.ts';
import { readSecret } from '../security/secret.ts';
import { listStocks, readCatalogue, SAMPLE_CATALOGUE } from './bazaar-catalogue.ts';
import { baseOf } from './client-asks.ts';
import { checkBazaar } from './client-bazaar-check.ts';
import { ledgerOf } from './client-bazaar-ledgers.ts';
import { watchCache } from './evaluate-cache-watch.ts';
import { observeOutage } from './evaluate-outage.ts';
import { measurePart } from './evaluate-part.ts';
import type { CacheMode, CacheSight, Evaluation, Mark, Outage, Part, ReplicaSight } from './evaluation.ts';
import { type OwnCluster, withOwnCluster } from './own-cluster.ts';
import { soon, SOON_WITHIN } from './soon.ts';
import { fetchStatus } from './fetch-status.ts';
import { versionOfPackage } from './version.ts';

export interface EvaluationOptions {
  readonly seed: number;
  readonly clients: number;
  /** Queries of each client with each probability. */
  readonly iterations: number;
  readonly percents: readonly number[];
  /** Queries of each client that come first and are not counted. */
  readonly warmUp: number;
  readonly outagePercent: number;
  /** See `OutageOptions`. */
  readonly calm: number;
  /** Answers that each front end keeps where there is a cache: fewer than there are stocks. */
  readonly cacheSize: number;
  readonly deadline: number;
  /** Says what is being done. */
  readonly say: (line: string) => void;
}

/** How long to wait before data servers that differ are asked again, in milliseconds. */
const AGAIN_AFTER = 200;

/** What has been found so far. */
interface Findings {
  readonly parts: Part[];
  readonly sights: CacheSight[];
  readonly marks: Mark[];
  readonly outages: Outage[];
  readonly problems: string[];
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
  const findings: Findings = { parts: [], sights: [], marks: [], outages: [], problems: [], compared: 0 };
  const catalogue = await readCatalogue(SAMPLE_CATALOGUE);
  options.say('starting a cluster');
  return withOwnCluster(bazaar, async (own) => {
    await listStocks(own.bases, catalogue, own, SOON_WITHIN);
    await evaluateMode(own, 'on', options, findings);
    await evaluateMode(own, 'off', options, findings);
    options.say('comparing what the data servers have');
    const addresses = own.servers.map((node) => baseOf(own.address(node)));
    const { problems } = await checkBazaar({ ...options, addresses, remembered: undefined, within: SOON_WITHIN });
    const replicas = await settledSights(own, options.deadline);
    const { parts, sights, marks, outages, compared } = findings;
    return {
      date,
      machine: describeMachine(),
      version: versionOfPackage(),
      seed: options.seed,
      clients: options.clients,
      iterations: options.iterations,
      stocks: catalogue.map(({ name }) => name),
      servers: own.servers.length,
      frontEnds: own.frontEnds.length,
      cacheSize: options.cacheSize,
      parts,
      sights,
      marks,
      outages,
      replicas,
      compared,
      problems: [...findings.problems, ...problems, ...differentHashes(replicas)],
      seconds: (performance.now() - beganAt) / 1_000,
    };
  });
}

async function evaluateMode(
  own: OwnCluster,
  cache: CacheMode,
  options: EvaluationOptions,
  findings: Findings,
): Promise<void> {
  const { say, percents, outagePercent, warmUp } = options;
  await restartFrontEnds(own, cache === 'on' ? options.cacheSize : 0);
  const shared = { ...options, frontEnds: own.bases, cache };
  say(`cache ${cache}: warming up`);
  const warm = await measurePart({ ...shared, percent: 50, iterations: warmUp, seed: options.seed + 1 });
  findings.problems.push(...warm.problems);
  findings.compared += warm.part.orders;
  const watch = cache === 'on' ? watchCache(own.bases[0] ?? '') : undefined;
  for (const percent of percents) {
    if (watch !== undefined)
      findings.marks.push({ at: (performance.now() - watch.beganAt) / 1_000, what: `${percent} %` });
    const { part, problems } = await measurePart({ ...shared, percent });
    say(`cache ${cache}, p = ${percent} %: ${part.orders} orders in ${part.seconds.toFixed(1)} s`);
    findings.parts.push(part);
    findings.problems.push(...problems);
    findings.compared += part.orders;
  }
  if (watch !== undefined) findings.sights.push(...(await watch.stop()));
  say(`cache ${cache}: killing the primary of orders, and bringing it back`);
  const { outage, problems, compared } = await observeOutage(own, { ...options, cache, percent: outagePercent });
  say(`cache ${cache}: ${outage.requests} requests, the longest took ${Math.round(outage.longestWait)} ms`);
  findings.outages.push(outage);
  findings.problems.push(...problems);
  findings.compared += compared;
}

/** With nothing in them, and as cold in either mode. */
async function restartFrontEnds(own: OwnCluster, cacheSize: number): Promise<void> {
  for (const node of own.frontEnds) {
    await own.kill(node);
    own.start(node, { cacheSize });
  }
  for (const node of own.frontEnds) {
    await soon(`a front end ${node} that knows all primaries`, async () => {
      const status = await fetchStatus(own.address(node)).catch(() => undefined);
      const leaders = Object.values(status?.frontEnd?.primaries ?? {}).map(({ primary }) => primary);
      return leaders.length > 0 && leaders.every((leader) => leader !== null) ? true : undefined;
    });
  }
}

const stateSchema = z.object({ groups: z.record(z.string(), z.object({ machine: z.int() })) });

/** What they have once the last of them has applied what the others have, or when it has taken too long. */
async function settledSights(own: OwnCluster, deadline: number): Promise<readonly ReplicaSight[]> {
  const until = performance.now() + SOON_WITHIN;
  for (;;) {
    const sights = await Promise.all(own.servers.map((node) => sightOf(own, node, deadline)));
    if (differentHashes(sights).length === 0 || performance.now() >= until) return sights;
    await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
  }
}

async function sightOf(own: OwnCluster, node: string, deadline: number): Promise<ReplicaSight> {
  const address = own.address(node);
  const { orders, books } = await ledgerOf(baseOf(address), deadline);
  const credentials = { secret: await readSecret(own.secretFile), tls: undefined };
  const answer = await callSigned(address, { method: 'GET', path: '/understudy/state' }, credentials);
  const { groups } = stateSchema.parse(JSON.parse(answer.body));
  return {
    node,
    orders: orders.length,
    stocks: books.length,
    shares: books.reduce((sum, { quantity }) => sum + quantity, 0),
    hashes: Object.fromEntries(Object.entries(groups).map(([group, { machine }]) => [group, machine])),
  };
}

/** Where all orders and books are the same, and yet something else that replicas have made is not. */
function differentHashes([first, ...others]: readonly ReplicaSight[]): readonly string[] {
  return others.flatMap((other) =>
    Object.entries(first?.hashes ?? {})
      .filter(([group, hash]) => other.hashes[group] !== hash)
      .map(([group]) => `${first?.node ?? ''} and ${other.node} have made different states of ${group}`),
  );
}

function describeMachine(): readonly string[] {
  const processors = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = processors[0]?.model.trim() ?? 'an unknown processor';
  return [
    `${model}, ${processors.length} ${processors.length === 1 ? 'core' : 'cores'}`,
    `${memory} GiB`,
    `${type()} ${release()}`,
    `Node.js ${process.versions.node}`,
  ];
}
