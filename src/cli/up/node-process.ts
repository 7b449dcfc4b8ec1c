import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Cluster, secretBeside } from '../cluster/cluster-file.ts';
import { STOP } from '../cluster/stop.ts';
import { shortPath } from '../shared/short-path.ts';

/** One node of the cluster, as a process. */
export interface Child {
  readonly node: string;
  readonly kind: 'server' | 'frontend';
  readonly address: string;
  readonly pid: number;
  /** What one types to start it again. */
  readonly command: string;
  /** Resolves when it has ended, to how: `signal SIGKILL`, `exit code 1`. Never rejects. */
  readonly exited: Promise<string>;
  hasExited(): boolean;
  /** Says something to it over the channel between the two; lost where it has ended. */
  tell(message: object): void;
  /** Ends it without handing anything over, and kills it when it is still there after `killAfter` milliseconds. */
  stop(killAfter: number): void;
}

export interface ChildOptions {
  readonly node: string;
  readonly cluster: Cluster;
  readonly file: string;
  readonly verbose: boolean;
  readonly holdFor: number | undefined;
  /** Where its stdout and stderr go: where those of this process go, nowhere, or into an open file. */
  readonly output: 'inherit' | 'ignore' | number;
  /** More of its command line, and of its environment. */
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

const bin = fileURLToPath(new URL('../../../bin/understudy.mjs', import.meta.url));

/**
 * Starts the node in a process of its own, which is the very process that serves: whoever kills its pid kills the node.
 * The channel between parent and child tells the child when its parent is gone, however that died.
 */
export function startChild(options: ChildOptions): Child {
  const { node, cluster, file, verbose, holdFor, output, environment } = options;
  const kind = cluster.topology.servers.includes(node) ? 'server' : 'frontend';
  const flags = ['--cluster', shortPath(file), '--node', node];
  const secret = secretBeside(file);
  if (existsSync(secret)) flags.push('--secret-file', shortPath(secret));
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
    address: cluster.addresses[node] ?? '',
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

/** What is said of one node by variables is not meant for all nodes of a cluster. */
function withoutOurs(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('UNDERSTUDY_')));
}

/** Who brings up a cluster on one machine reads along. */
const FOR_PEOPLE = ['--log-format', 'pretty'];

function quote(argument: string): string {
  return /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}
