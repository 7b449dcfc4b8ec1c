import { isatty } from 'node:tty';
import type { Command } from 'commander';
import type { LogFormat, LogLevel } from '../../operate/log-levels.ts';
import { outputTo } from '../../operate/log-output.ts';
import { createNodeLog, type NodeLog } from '../../operate/logger.ts';
import { type AccessFlags, accessFrom, takesAccess } from '../shared/access.ts';
import { type ConfiguredFlags, takesConfiguration } from '../shared/configuration.ts';
import { serverTls, takesServerCredentials } from '../shared/credentials.ts';
import { SERVICE_HELP } from '../shared/known-service.ts';
import { cacheSize, portNumber, wholeNumber } from '../shared/numbers.ts';
import { registerConfig } from './config.ts';
import { changing, type ChangingSecret } from '../../security/secret.ts';
import { withOwnSecret } from './node-secret.ts';
import { reload } from './reload.ts';
import type { NodeKind, StartFlags } from './prepare.ts';

interface NodeFlags extends StartFlags, ConfiguredFlags, AccessFlags {
  readonly verbose?: boolean;
  readonly record?: string;
}

/** Greatest `--hold-for`: ten minutes, in milliseconds. */
const HOLD_FOR_AT_MOST = 600_000;

/** Adds `understudy server` and `understudy frontend`: one node of a cluster in this process. */
export function registerNodes(program: Command): void {
  const server = shared(program.command('server'))
    .description('run one data server in this process: found a cluster, join one, or start again')
    .argument('[service]', `to found a cluster, or join one of a service of your own: ${SERVICE_HELP}`)
    .option('--found', 'found a cluster: for the first start of its first server alone')
    .action((service: string | undefined, flags: NodeFlags) => start('server', service, flags));
  const frontEnd = shared(program.command('frontend'))
    .description('run one front end in this process: join a cluster, or start again')
    .argument('[service]', 'to join a cluster of a service of your own: its file')
    .action((service: string | undefined, flags: NodeFlags) => start('frontend', service, flags));
  const init = shared(program.command('init'))
    .description('found a cluster: make the folder of its first server, and start nothing')
    .argument('<service>', SERVICE_HELP)
    .action(initialise);
  takesConfiguration(init);
  registerConfig(program, [takesConfiguration(server), takesConfiguration(frontEnd)]);
}

function shared(command: Command): Command {
  return takesAccess(takesServerCredentials(command))
    .option('--join <addresses>', 'join the cluster of these nodes, any of it: host:port, several with commas')
    .option('--data <folder>', 'the folder of this node alone; once it has run, this is all it takes to start it again')
    .option('--port <port>', 'listen here', portNumber)
    .option('--host <address>', 'on this interface (default: 127.0.0.1)')
    .option('--address <address>', 'where the others reach it, if that is not where it listens: host:port')
    .option('--node <id>', 'the name of the node (default: the next free one)')
    .option('--cluster <file>', 'a node of this cluster file, the same for all its nodes')
    .option('--format', 'with --cluster: make the folder, for a node that has never run')
    .option('--hold-for <millis>', 'answer 503 when a request has waited this long', wholeNumber(1, HOLD_FOR_AT_MOST))
    .option('--cache-size <items>', 'front end: answers it keeps (0: none)', cacheSize)
    .option('--record <folder>', 'write down all that the node is told, for replay-live')
    .option('--verbose', 'say more on stderr');
}

async function initialise(service: string, flags: NodeFlags): Promise<void> {
  const tls = await serverTls(flags);
  const { foundCluster } = await import('./prepare.ts');
  const said: string[] = [];
  const { nodeId, clusterId } = await foundCluster(service, flags, tls, (line) => said.push(`${line}\n`));
  process.stdout.write(
    `${nodeId} founds ${clusterId}. Start it: understudy server --data ${flags.data ?? ''}\n${said.join('')}`,
  );
}

async function start(kind: NodeKind, service: string | undefined, flags: NodeFlags): Promise<void> {
  // The command as it is typed, for `ps`, not the path of an interpreter.
  process.title = ['understudy', ...process.argv.slice(2)].join(' ');
  // Before the node is there to reload anything, and while it ends, a hang-up changes nothing.
  process.on('SIGHUP', () => undefined);
  const tls = await serverTls(flags);
  let secret: ChangingSecret | undefined;
  // A wrong command line is reported without loading these.
  const { prepareNode } = await import('./prepare.ts');
  const { runNode } = await import('./run.ts');
  const { clearNodeFolder } = await import('../../storage/node-folder.ts');
  const early = openNodeLog(flags.node ?? kind, flags);
  for (;;) {
    const prepared = await prepareNode(kind, service, flags, tls, (line) => early.say(line, 'seldom'));
    const current = (secret ??= changing(prepared.secret));
    const { path, node } = prepared.folder;
    const log = openNodeLog(node.nodeId, flags);
    await runNode(prepared, {
      log,
      settings: flags.settings,
      secret: current,
      tls,
      reload: (useCertificate) => reload({ flags: withOwnSecret(flags), secret: current, tls, log, useCertificate }),
      access: accessFrom(flags),
      record: flags.record,
    });
    // It has lost its name to another joining node, and asks for another one.
    await clearNodeFolder(path, node);
  }
}

/** Options of the log. */
interface LogFlags {
  readonly logLevel?: LogLevel;
  readonly logFormat?: LogFormat;
  readonly verbose?: boolean;
}

/** The log goes to stderr; stdout has the command's answer alone. */
const STDERR = 2;

/** Defaults: lines for people on a terminal, JSON anywhere else; level `info`. */
function openNodeLog(node: string, { logLevel, logFormat, verbose }: LogFlags): NodeLog {
  return createNodeLog({
    node,
    level: verbose === true ? 'debug' : (logLevel ?? 'info'),
    format: logFormat ?? (isatty(STDERR) ? 'pretty' : 'json'),
    output: outputTo(STDERR),
  });
}
