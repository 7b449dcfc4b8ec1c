import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  countsOf,
  distinct,
  EXIT_CODES,
  groupsOf,
  type RoundVerdict,
  showRound,
  verdictOf,
  worstOf,
} from '../../chaos/decide/verdict.ts';
import { joinsOf, stormPlan } from '../../chaos/decide/storm.ts';
import { linkCount } from '../../chaos/network/links.ts';
import { linksOf, probeNames, type RoundOutcome, runRound } from '../../chaos/round.ts';
import { clientNames } from '../../sim/clients/choose.ts';
import { historyLines } from '../../sim/judges/history-lines.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { workloadOf } from '../../sim/workloads/index.ts';
import { planText } from '../../testing/plan-text.ts';
import { nodesOf } from '../cluster/cluster-file.ts';
import { prepareFolder } from '../cluster/cluster-folder.ts';
import { livesIn } from '../node/record-files.ts';
import { replayLife, showReplayed } from '../node/replay.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { duration, portNumber, seedNumber, wholeNumber } from '../shared/numbers.ts';
import { asWritten, fileOf, knownWorkloads, serviceAsked, serviceMeant, takesServices } from '../shared/services.ts';
import { versionOfPackage } from '../../transport-http/handshake/build.ts';
import { fileName } from '../sim/failure-bundle.ts';
import { FAILURE_BUNDLE, readPlan } from '../sim/files.ts';
import { freePorts, refuseBusyPorts } from '../up/ports.ts';
import { openStage } from './stage.ts';
import { makeFolders } from '../../storage/make-folders.ts';

interface ChaosFlags {
  readonly for?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly port?: number;
  readonly record?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly clients?: number;
}

/**
 * Adds `understudy chaos`: a plan of the simulator on live processes, with the same judges. Exits 0 if every rule held,
 * 1 if one was broken, 3 where a judge could not decide, 2 for a file that is no plan.
 */
export function registerChaos(program: Command): void {
  takesServices(
    program
      .command('chaos')
      .description('run a scenario against live processes on this machine, and judge what comes of it')
      .argument('<scenario>', 'a plan, as for sim run: YAML or JSON; or a service, by its name or its file: a storm')
      .option(
        '--for <time>',
        'again and again, with new seeds, for at least so long: 60s, 10m (default: once)',
        duration,
      )
      .option('--clients <count>', 'of a storm: how many ask at once (default: 32)', wholeNumber(1, 64))
      .option('--seed <seed>', 'in place of the plan’s', seedNumber)
      .option('--out <folder>', 'keep histories, verdicts and logs here (default: capsules/chaos-NAME-SEED)')
      .option('--port <port>', 'the first of the ports to use (default: free ones from 20000 on)', portNumber)
      .option('--record', 'every node writes down what it is told, and all of it is executed again at the end')
      .option('--verbose', 'say which fault is injected where')
      .option('--json', 'one JSON object a line'),
  ).action(chaos);
}

async function chaos(file: string, flags: ChaosFlags): Promise<void> {
  const drawn = await stormOf(file, flags);
  const plan = drawn?.(flags.seed ?? 1, STORM_LASTS) ?? (await readPlan(file));
  const name = plan.name ?? file;
  const first = flags.seed ?? plan.seed;
  const folder = await freshFolder(
    flags.out === undefined ? unused(resolve('capsules', `chaos-${fileName(name)}-${first}`)) : resolve(flags.out),
  );
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);

  const rounds: RoundVerdict[] = [];
  const until = performance.now() + (flags.for ?? 0);
  do {
    const seed = first + rounds.length;
    const left = until - performance.now();
    const next = drawn?.(seed, Math.min(STORM_LASTS, Math.max(STORM_LEAST, left))) ?? { ...plan, seed, name };
    const round = await runOne(next, join(folder, `round-${rounds.length + 1}`), flags, () => stopped);
    if (round === undefined) throw new UserError('it was stopped before its end, and nothing is judged');
    rounds.push(round);
    print(flags.json === true ? JSON.stringify({ name, ...round }) : showRound(rounds.length, round));
  } while (performance.now() < until);

  const verdict = worstOf(rounds);
  const asked = rounds.reduce((sum, { operations }) => sum + operations.asked, 0);
  const total = { name, verdict, rounds: rounds.length, operations: asked, folder };
  await writeFile(
    join(folder, FAILURE_BUNDLE.verdict),
    `${JSON.stringify({ ...total, each: rounds }, undefined, 2)}\n`,
  );
  print(
    flags.json === true
      ? JSON.stringify(total)
      : `${name}: ${verdict.toUpperCase()} in ${rounds.length} ${rounds.length === 1 ? 'round' : 'rounds'}, ${asked} operations; ${folder}`,
  );
  process.exitCode = EXIT_CODES[verdict];
}

/** How long the clients of one round of a storm ask, in milliseconds; and the least. */
const STORM_LASTS = 30_000;
const STORM_LEAST = 10_000;

/** The storms of a service that is given by its name or its file; undefined for the file of a plan. */
async function stormOf(
  given: string,
  { clients = 32 }: ChaosFlags,
): Promise<((seed: number, lasts: number) => Plan) | undefined> {
  const isService = /\.[mc]?[jt]s$/.test(given) || knownWorkloads().some(({ service }) => service.name === given);
  if (!isService) return undefined;
  const service = serviceMeant(await serviceAsked(given));
  return (seed, lasts) => stormPlan(service, { seed, clients, lasts: Math.round(lasts) }, knownWorkloads());
}

/** The names of nodes that follow the first `count`. */
function named(letter: 's' | 'f', count: number, more: number): readonly string[] {
  return Array.from({ length: more }, (_, place) => `${letter}${count + place + 1}`);
}

async function runOne(
  plan: Plan,
  folder: string,
  flags: ChaosFlags,
  cancelled: () => boolean,
): Promise<RoundVerdict | undefined> {
  const began = performance.now();
  const workload = workloadOf(plan.service, knownWorkloads());
  const clients = [...clientNames(plan.workload), ...probeNames(plan)];
  const nodes = plan.servers + plan.frontEnds;
  const joins = joinsOf(plan.faults);
  const behind = nodes + linkCount(nodes, plan.frontEnds, clients.length);
  const ports = await portsFor(behind + joins.servers + joins.frontEnds, flags.port);
  const data = join(folder, 'cluster');
  await makeFolders(data);
  const { cluster, release } = await prepareFolder({
    folder: data,
    service: workload.service,
    module: fileOf(workload.service),
    servers: plan.servers,
    frontEnds: plan.frontEnds,
    fresh: false,
    assign: (topology) =>
      Object.fromEntries(nodesOf(topology).map((node, place) => [node, `127.0.0.1:${ports[place] ?? 0}`])),
    check: () => Promise.resolve(),
  });
  await release();
  const { addresses, topology } = cluster;
  const links = linksOf(plan, { addresses, frontEnds: topology.frontEnds, clients, ports: ports.slice(nodes, behind) });
  const newcomers = [...named('s', plan.servers, joins.servers), ...named('f', plan.frontEnds, joins.frontEnds)];
  const spares = Object.fromEntries(newcomers.map((node, place) => [node, `127.0.0.1:${ports[behind + place] ?? 0}`]));
  const record = flags.record === true ? join(folder, 'record') : undefined;
  const stage = await openStage(
    { cluster, service: workload.service, folder: data, logs: folder, settings: plan.settings, record, spares },
    links,
  );
  const said: string[] = [];
  const say = (line: string, at: number): void => {
    said.push(`${at.toFixed(1).padStart(10)} ${line}`);
    if (flags.verbose === true) process.stderr.write(`${said.at(-1) ?? ''}\n`);
  };
  const outcome = await runRound({ plan, workload, stage, links, say, cancelled });
  if (outcome === undefined) return undefined;
  const findings = [...outcome.findings, ...(record === undefined ? [] : [await replayed(record)])];
  const round: RoundVerdict = {
    seed: plan.seed,
    verdict: verdictOf(findings),
    findings,
    operations: countsOf(outcome.pool.operations, plan.horizon),
    groups: groupsOf(outcome.recovered ?? { groups: [] }),
    struck: outcome.struck,
    limits: distinct(outcome.limits),
    seconds: (performance.now() - began) / 1_000,
    folder,
  };
  await keep(plan, outcome, round, said);
  // After a clean round the data add nothing to its history.
  if (round.verdict === 'held') await rm(data, { recursive: true, force: true });
  return round;
}

async function keep(plan: Plan, { pool }: RoundOutcome, round: RoundVerdict, said: readonly string[]): Promise<void> {
  const { folder } = round;
  const { history } = pool.workload;
  await writeFile(join(folder, FAILURE_BUNDLE.plan), planText(asWritten(plan)));
  await writeFile(join(folder, FAILURE_BUNDLE.trace), `${said.join('\n')}\n`);
  const versions = { understudy: versionOfPackage(), node: process.versions.node };
  await writeFile(join(folder, FAILURE_BUNDLE.verdict), `${JSON.stringify({ ...round, versions }, undefined, 2)}\n`);
  if (history !== undefined)
    await writeFile(join(folder, FAILURE_BUNDLE.history), historyLines(history, pool.operations));
  const operations = pool.operations.map((operation) => `${JSON.stringify(operation)}\n`).join('');
  await writeFile(join(folder, 'operations.jsonl'), operations);
}

async function portsFor(count: number, first: number | undefined): Promise<readonly number[]> {
  if (first === undefined) return freePorts(count);
  const ports = Array.from({ length: count }, (_, place) => first + place);
  await refuseBusyPorts(Object.fromEntries(ports.map((port) => [`port ${port}`, `127.0.0.1:${port}`])));
  return ports;
}

/** Replays all records of a run. */
async function replayed(record: string): Promise<RoundVerdict['findings'][number]> {
  const wrong: string[] = [];
  for (const life of await livesIn(record)) {
    const again = await replayLife(life);
    if (again.difference !== undefined) wrong.push(showReplayed(again));
  }
  return { judge: 'replay', outcome: wrong.length === 0 ? 'held' : 'broken', reason: wrong.join('\n') };
}

/** The folder of that name, or with the first number behind it that is not taken: what was found stays. */
function unused(name: string): string {
  let folder = name;
  for (let number = 2; existsSync(folder); number += 1) folder = `${name}-${number}`;
  return folder;
}

/** An empty folder for results; those of an earlier run are deleted. */
async function freshFolder(folder: string): Promise<string> {
  const isOurs = existsSync(join(folder, FAILURE_BUNDLE.verdict)) || existsSync(join(folder, 'round-1'));
  if (existsSync(folder) && !isOurs)
    throw new UsageError(`${folder} is there, and not of an earlier run; choose another --out`);
  await rm(folder, { recursive: true, force: true });
  await makeFolders(folder);
  return folder;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
