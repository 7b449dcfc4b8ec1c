import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { splitHostPort } from '../../protocol/model/host-port.ts';
import { type Cluster, secretBeside } from '../cluster/cluster-file.ts';
import { STOP } from '../cluster/stop.ts';
import { shortPath } from '../shared/short-path.ts';

/** One node of the cluster, as a process. */
export interface Child {
  readonly node: string;
  readonly kind: 'server' | 'frontend';
  readonly address: string;
  readonly pid: number;
  /** The command that starts it again. */
  readonly command: string;
  /** Resolves when it has ended, to `signal SIGKILL` or `exit code 1`. Never rejects. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
  /** Sends it a message over the channel between the two; lost once it has ended. */
  tell(message: object): void;
  /** Ends it without a handover, and kills it when it still runs after `killAfter` milliseconds. */
  stop(killAfter: number): void;
}

export interface ChildOptions {
  readonly node: string;
  readonly cluster: Cluster;
  readonly file: string;
  readonly verbose: boolean;
  readonly holdFor: number | undefined;
  /** Destination of its stdout and stderr: those of this process, none, or an open file. */
  readonly output: 'inherit' | 'ignore' | number;
  /** The command of another build. Default: that of this one. */
  readonly bin?: string | undefined;
  /** Additions to its command line and its environment. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** For a node that is not in the cluster file: where it listens, and whom it asks to be taken in. */
  readonly joining?: Joining;
}

/** What a node joins with. */
export interface Joining {
  readonly kind: Child['kind'];
  readonly address: string;
  readonly contact: string;
  readonly data: string;
}

const OWN_BIN = fileURLToPath(new URL('../../../bin/understudy.mjs', import.meta.url));

/**
 * Starts the node in a process of its own, the very process that serves: a kill of its pid kills the node. The channel
 * to the parent tells the child when the parent has ended, however that happened.
 */
export function startChild(options: ChildOptions): Child {
  const { node, cluster, file, verbose, holdFor, output, environment, joining, bin = OWN_BIN } = options;
  const kind = joining?.kind ?? (cluster.topology.servers.includes(node) ? 'server' : 'frontend');
  const flags = joining === undefined ? ['--cluster', shortPath(file)] : joinFlags(joining, cluster);
  flags.push('--node', node);
  flags.push('--secret-file', shortPath(secretBeside(file)));
  if (verbose) flags.push('--verbose');
  if (holdFor !== undefined && kind === 'frontend') flags.push('--hold-for', String(holdFor));
  flags.push(...(options.flags ?? []));
  const child = spawn(process.execPath, [bin, kind, ...flags, ...FOR_PEOPLE], {
    stdio: ['ignore', output, output, 'ipc'],
    env: { ...withoutOurs(process.env), ...environment },
  });
  let ended = false;
  const exited = new Promise<string>((resolve) => {
    const end = (how: string): void => {
      ended = true;
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => end(signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`));
  });
  return {
    node,
    kind,
    address: joining?.address ?? cluster.addresses[node] ?? '',
    pid: child.pid ?? 0,
    command: ['node', shortPath(bin), kind, ...flags].map(quote).join(' '),
    exited,
    hasExited: () => ended,
    tell(message) {
      if (!ended && child.connected) child.send(message, () => undefined);
    },
    stop(killAfter) {
      if (ended) return;
      if (child.connected) child.send(STOP, () => undefined);
      else child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), killAfter);
      void exited.then(() => clearTimeout(killing));
    },
  };
}

function joinFlags({ address, contact, data }: Joining, { module }: Cluster): string[] {
  const { host, port } = splitHostPort(address);
  const source = module === undefined ? [] : [shortPath(module)];
  return [...source, '--join', contact, '--data', shortPath(data), '--host', host, '--port', String(port)];
}

/** Variables for a single node must not reach all nodes of a cluster. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('UNDERSTUDY_')));
}

/** Logs of `up` are for people. */
const FOR_PEOPLE = ['--log-format', 'pretty'];

function quote(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
