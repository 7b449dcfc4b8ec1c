import type { Command } from 'commander';
import { SERVICES } from '../apps/index.ts';
import { type CredentialFlags, secretFrom, serverTls, takesServerCredentials } from './credentials.ts';
import { type NodeKind, prepareNode, type StartFlags } from './node-start.ts';
import { portNumber, wholeNumber } from './numbers.ts';
import { runNode } from './run-node.ts';

interface NodeFlags extends StartFlags, CredentialFlags {
  readonly verbose?: boolean;
  readonly holdFor?: number;
}

/** Longest that `--hold-for` may ask for: ten minutes, in milliseconds. */
const HOLD_FOR_AT_MOST = 600_000;

/** Adds `understudy server` and `understudy frontend`: one node of a cluster in this process. */
export function registerNodes(program: Command): void {
  shared(program.command('server'))
    .description('run one data server in this process: found a cluster, join one, or start again')
    .argument('[service]', `found a cluster of this service: ${Object.keys(SERVICES).join(', ')}`)
    .action((service: string | undefined, flags: NodeFlags) => start('server', service, flags));
  shared(program.command('frontend'))
    .description('run one front end in this process: join a cluster, or start again')
    .action((flags: NodeFlags) => start('frontend', undefined, flags));
}

function shared(command: Command): Command {
  return takesServerCredentials(command)
    .option('--join <address>', 'join the cluster of this node, any of it: host:port')
    .option('--data <folder>', 'the folder of this node alone; once it has run, this is all it takes to start it again')
    .option('--port <port>', 'listen here', portNumber)
    .option('--host <address>', 'on this interface (default: 127.0.0.1)')
    .option('--address <address>', 'where the others reach it, if that is not where it listens: host:port')
    .option('--node <id>', 'the name of the node (default: the next free one)')
    .option('--cluster <file>', 'a node of this cluster file, the same for all its nodes')
    .option('--format', 'with --cluster: make the folder, for a node that has never run')
    .option('--hold-for <millis>', 'answer 503 when a request has waited this long', wholeNumber(1, HOLD_FOR_AT_MOST))
    .option('--verbose', 'say more on stderr');
}

async function start(kind: NodeKind, service: string | undefined, flags: NodeFlags): Promise<void> {
  // The command as one reads it in `ps`, not the path of an interpreter.
  process.title = ['understudy', ...process.argv.slice(2)].join(' ');
  const [secret, tls] = [await secretFrom(flags), await serverTls(flags)];
  const prepared = await prepareNode(kind, service, flags, { secret, tls }, say);
  const { verbose = false, holdFor } = flags;
  await runNode(prepared, { verbose, holdFor, secret, tls });
}

function say(line: string): void {
  process.stderr.write(`understudy: ${line}\n`);
}
