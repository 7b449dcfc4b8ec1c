import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { LAUNCHES } from '../../apps/launch.ts';
import type { SeedFile, SeedRecord } from '../../apps/seed-file.ts';
import { resolveSettings, settingsIn } from '../../operate/config.ts';
import type { Service } from '../../service/service.ts';
import { type Cluster, secretBeside } from '../cluster/cluster-file.ts';
import { type PreparedFolder, prepareFolder } from '../cluster/cluster-folder.ts';
import { logFolder } from '../cluster/log-files.ts';
import { readSeed, sampleOf, showSeeded, writeSeed } from '../cluster/seed.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { SERVICE_HELP, serviceGiven } from '../shared/known-service.ts';
import { cacheSize, portNumber, wholeNumber } from '../shared/numbers.ts';
import { shortPath } from '../shared/short-path.ts';
import { assignPorts, refuseBusyPorts } from './ports.ts';
import { type ProgressLine, progressLine } from './progress-line.ts';
import { awaitPrimaries, showReadiness } from './readiness.ts';
import { showCluster } from './show-cluster.ts';
import { type StartedNode, startFailure, startNodes } from './start-nodes.ts';
import { tellEvents } from './watch-cluster.ts';

interface UpFlags {
  readonly servers?: number;
  readonly frontEnds?: number;
  readonly port?: number;
  readonly data?: string;
  readonly fresh?: boolean;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly holdFor?: number;
  readonly cacheSize?: number;
  readonly setting?: readonly string[];
}

/** The records of a seed file, with the file. */
interface Founding {
  readonly service: string;
  readonly seed: SeedFile;
  readonly file: string;
  readonly rows: readonly SeedRecord[];
}

/** The flags of seed files, each with its file. */
type SeedFlags = Readonly<Record<string, string | undefined>>;

/** Time for all groups to have a primary, in milliseconds; then `up` gives up. */
const READY_WITHIN = 120_000;

/** Time until a child that was told to stop is killed. In milliseconds; all of them have ended within 5 s. */
const KILL_AFTER = 3_000;

/** Adds `understudy up`: a whole cluster on this machine, each node a process of its own. */
export function registerUp(program: Command): void {
  const command = program
    .command('up')
    .description('bring up a whole cluster of a service on this machine')
    .argument('<service>', `which service: ${SERVICE_HELP}`)
    .option('--servers <count>', 'data servers (default: 3, or as many as the data folder has)', wholeNumber(1, 7))
    .option('--front-ends <count>', 'front ends (default: 2, or as many as the data folder has)', wholeNumber(1, 7))
    .option('--port <port>', 'the first front end listens here, the next ones behind (default: 4560)', portNumber)
    .option('--data <folder>', 'where the cluster lives (default: ./data/<service>)')
    .option('--fresh', 'delete what an earlier cluster left in that folder')
    .option('--hold-for <millis>', 'front ends answer 503 when a request has waited this long', wholeNumber(1, 600_000))
    .option('--cache-size <items>', 'answers that each front end keeps (0: none)', cacheSize)
    .option('--setting <name=value>', 'tune the protocol, such as acknowledge=majority; may be repeated', collect);
  for (const { service, seed } of LAUNCHES) {
    if (seed !== undefined) command.option(`--${seed.flag} <file>`, `${service.name}: ${seed.help}`);
  }
  command
    .option('--json', 'say what came up as one JSON object on a line')
    .option('--verbose', 'show the logs of all nodes here, with single requests, instead of writing them to files')
    .action(up);
}

async function up(given: string, flags: UpFlags, command: Command): Promise<void> {
  refuseUnknownSettings(flags.setting ?? []);
  const { service, module } = await serviceGiven(given);
  // Before any start or write: a malformed file must be mended first.
  const founding = await foundingOf(service, command.opts<SeedFlags>());
  const prepared = await prepareFolder({
    folder: resolve(flags.data ?? `data/${service.name}`),
    service,
    module,
    servers: flags.servers,
    frontEnds: flags.frontEnds,
    fresh: flags.fresh === true,
    assign: (topology, known) => assignPorts(topology, flags.port, known),
    check: refuseBusyPorts,
  });
  try {
    // Only a service of the user needs curl lines made of its schemas.
    const asking = module === undefined ? undefined : (await import('./curl-examples.ts')).askingOf(service);
    await run(prepared, flags, founding, asking);
  } finally {
    await prepared.release();
  }
}

/** The seed records for the cluster. Throws a `UsageError` for the flag of another service's file. */
async function foundingOf(service: Service, flags: SeedFlags): Promise<Founding | undefined> {
  for (const { service: other, seed } of LAUNCHES) {
    if (seed === undefined || flags[seed.flag] === undefined || other === service) continue;
    throw new UsageError(`${service.name} has no ${seed.words.file}: leave out --${seed.flag}`);
  }
  const seed = LAUNCHES.find((launch) => launch.service === service)?.seed;
  if (seed === undefined) return undefined;
  const file = flags[seed.flag] ?? sampleOf(seed);
  return { service: service.name, seed, file, rows: await readSeed(seed, file) };
}

/** Starts every node, and returns when all of them have ended. */
async function run(
  { file, cluster, isNew }: PreparedFolder,
  flags: UpFlags,
  founding: Founding | undefined,
  asking: ((frontEnd: string) => readonly string[]) | undefined,
): Promise<void> {
  const folder = dirname(file);
  const verbose = flags.verbose === true;
  // Logs on the screen say more, and would disturb the line.
  const progress = progressLine(process.stderr, verbose);
  const nodes = startNodes({
    cluster,
    file,
    verbose,
    holdFor: flags.holdFor,
    flags: (node) => tuning(flags, cluster.topology.frontEnds.includes(node)),
  });
  const gone = Promise.all(nodes.map(({ exited }) => exited));
  const stopping = stopOnSignal(nodes, progress);
  try {
    const seeded = await comeUp(nodes, cluster, file, founding, stopping, progress);
    progress.clear();
    if (!stopping.isAsked()) {
      const logs = verbose ? undefined : logFolder(folder);
      const json = flags.json === true;
      const width = process.stdout.columns;
      const shown = await showCluster(cluster, nodes, { folder, logs, isNew, json, asking, width });
      process.stdout.write(json ? shown : seeded + shown);
      await tellEvents(cluster, folder, nodes, tell, () => stopping.isAsked());
    }
  } catch (error) {
    if (!stopping.isAsked()) {
      stopping.stop();
      await gone;
      progress.clear();
      throw error;
    }
  }
  if (!stopping.isAsked()) throw new UserError('all nodes that this command has started have ended');
  await gone;
  progress.clear();
  tell(`the nodes that were started here have stopped; the data stays in ${shortPath(folder)}`);
}

/** Prints an event with its time (UTC, as in the logs). */
function tell(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
}

/** Whether the cluster must stop: after a signal, or `stop`. */
interface Stopping {
  readonly isAsked: () => boolean;
  readonly stop: () => void;
}

function stopOnSignal(nodes: readonly StartedNode[], progress: ProgressLine): Stopping {
  let isAsked = false;
  const stop = (): void => {
    if (isAsked) return;
    isAsked = true;
    progress.show('stopping the nodes that were started here');
    for (const node of nodes) node.stop(KILL_AFTER);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { isAsked: () => isAsked, stop };
}

/**
 * Waits until the cluster serves, and writes its seed records. Resolves to what there is to report of them. Rejects
 * with a `UserError`.
 */
async function comeUp(
  nodes: readonly StartedNode[],
  cluster: Cluster,
  file: string,
  founding: Founding | undefined,
  { isAsked }: Stopping,
  progress: ProgressLine,
): Promise<string> {
  const missing = await awaitPrimaries(nodes, cluster, READY_WITHIN, isAsked, (readiness) => {
    if (!isAsked()) progress.show(`${cluster.service}: ${showReadiness(readiness)}`);
  });
  if (missing !== undefined) {
    const ended = nodes.filter((node) => node.hasExited()).map(({ node }) => node);
    throw new UserError(startFailure(nodes, ended, missing, dirname(file)));
  }
  return begin(founding, cluster, file, isAsked);
}

/** Writes the missing seed records, and reports them. */
async function begin(
  founding: Founding | undefined,
  { topology, addresses }: Cluster,
  file: string,
  cancelled: () => boolean,
): Promise<string> {
  if (founding === undefined) return '';
  const frontEnds = topology.frontEnds.map((node) => addresses[node] ?? '');
  const target = { ...founding, frontEnds, flags: { secretFile: secretBeside(file) } };
  const seeded = await writeSeed(target, founding.rows, READY_WITHIN, cancelled);
  return showSeeded(founding.seed, seeded, relative(process.cwd(), founding.file));
}

/** Settings that every node would refuse are refused once, before any is started. */
function refuseUnknownSettings(given: readonly string[]): void {
  const decoded = resolveSettings(given.map((one) => settingsIn(one, 'flag', '--setting')));
  if (decoded.type === 'rejected') throw new UsageError(decoded.reason);
}

/** Settings of a node, as flags of its own. */
function tuning({ setting = [], cacheSize: items }: UpFlags, isFrontEnd: boolean): readonly string[] {
  const cache = items === undefined || !isFrontEnd ? [] : ['--cache-size', String(items)];
  return [...setting.flatMap((one) => ['--setting', one]), ...cache];
}

function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
