import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { serviceNamed } from '../apps/index.ts';
import { startProcess } from '../live/process.ts';
import { DEFAULT_SETTINGS } from '../protocol/settings.ts';
import { readNodeFile } from '../storage/node-file.ts';
import { formatNodeFolder, openNodeFolder } from '../storage/node-folder.ts';
import { StorageError } from '../storage/storage-error.ts';
import { type Cluster, readCluster } from './cluster-file.ts';
import { recordOf } from './node-record.ts';
import { portNumber, wholeNumber } from './numbers.ts';
import { UsageError, UserError } from './user-error.ts';

interface NodeFlags {
  readonly cluster: string;
  readonly node: string;
  readonly data?: string;
  readonly port?: number;
  readonly format?: boolean;
  readonly verbose?: boolean;
  readonly holdFor?: number;
}

/** Longest that `--hold-for` may ask for: ten minutes, in milliseconds. */
const HOLD_FOR_AT_MOST = 600_000;

/** Adds `understudy server` and `understudy frontend`: one node of a cluster in this process. */
export function registerNodes(program: Command): void {
  shared(program.command('server').description('run one data server of a cluster in this process')).action(
    (flags: NodeFlags) => runNode('server', flags),
  );
  shared(program.command('frontend').description('run one front end of a cluster in this process'))
    .option('--hold-for <millis>', 'answer 503 when a request has waited this long', wholeNumber(1, HOLD_FOR_AT_MOST))
    .action((flags: NodeFlags) => runNode('frontend', flags));
}

function shared(command: Command): Command {
  return command
    .requiredOption('--cluster <file>', 'the cluster file, the same for all its nodes')
    .requiredOption('--node <id>', 'which of its nodes this is')
    .option('--data <folder>', 'the folder of this node alone (default: named as the node, beside the cluster file)')
    .option('--port <port>', 'listen here instead of the port the cluster file names', portNumber)
    .option('--format', 'make the folder: for a node that has never run, never for one that lost its disk')
    .option('--verbose', 'say more on stderr');
}

async function runNode(kind: 'server' | 'frontend', flags: NodeFlags): Promise<void> {
  // The command as one reads it in `ps`, not the path of an interpreter.
  process.title = ['understudy', ...process.argv.slice(2)].join(' ');
  const cluster = await readCluster(flags.cluster);
  if (cluster === undefined) throw new UsageError(`there is no cluster file ${flags.cluster}`);
  const { service, port, host } = choose(kind, flags, cluster);
  const holdFor = flags.holdFor ?? DEFAULT_SETTINGS.holdFor;
  const folder = resolve(flags.data ?? join(dirname(flags.cluster), flags.node));
  if (flags.format === true && (await readNodeFile(folder)) === undefined) {
    await formatNodeFolder(folder, recordOf(cluster, flags.node));
  }

  const running = await startProcess({
    folder: await openNodeFolder(folder, { clusterId: cluster.topology.clusterId, nodeId: flags.node, kind }).catch(
      explain,
    ),
    addresses: cluster.addresses,
    service,
    settings: { ...DEFAULT_SETTINGS, holdFor },
    host,
    port,
    log: (line, level) => {
      if (level === 'often' && flags.verbose !== true) return;
      process.stderr.write(`${new Date().toISOString().slice(11, 23)} ${flags.node} ${line}\n`);
    },
    failed: (error) => {
      // A disk that failed, or an invariant that did not hold: what this process would do next may be wrong.
      process.stderr.write(
        `understudy: ${flags.node} stops: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
      );
      process.exit(1);
    },
  }).catch((error: unknown) => {
    throw new UserError(`${flags.node} cannot start: ${error instanceof Error ? error.message : String(error)}`);
  });

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void running.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Started by `up`: when that is gone, however it died, nobody would ever stop this process.
  if (process.connected) process.on('disconnect', stop);
}

function explain(error: unknown): never {
  throw error instanceof StorageError ? new UserError(error.message) : error;
}

function choose(kind: 'server' | 'frontend', flags: NodeFlags, cluster: Cluster) {
  const { servers, frontEnds } = cluster.topology;
  const nodes = kind === 'server' ? servers : frontEnds;
  const what = kind === 'server' ? 'data server' : 'front end';
  if (!nodes.includes(flags.node)) {
    throw new UsageError(`${flags.cluster} has no ${what} ${flags.node}; it has ${nodes.join(', ')}`);
  }
  const service = serviceNamed(cluster.service);
  if (service === undefined)
    throw new UsageError(`${flags.cluster} is of a service ${cluster.service}, which is not known here`);
  const address = cluster.addresses[flags.node] ?? '';
  const colon = address.lastIndexOf(':');
  return { service, host: address.slice(0, colon), port: flags.port ?? Number(address.slice(colon + 1)) };
}
