import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Service } from '../../service/service.ts';
import { type Cluster, nodesOf, secretBeside } from '../cluster/cluster-file.ts';
import { prepareFolder } from '../cluster/cluster-folder.ts';
import { UserError } from '../shared/errors.ts';
import { fetchStatus, type NodeStatus } from '../status/fetch-status.ts';
import { type Child, startChild } from './node-process.ts';
import { freePorts } from './ports.ts';
import { awaitPrimaries, primaryOf } from './readiness.ts';

/** A cluster of a test command, on free ports and in a folder that is deleted with it. */
export interface OwnCluster {
  readonly servers: readonly string[];
  readonly frontEnds: readonly string[];
  /** `http://host:port` of every front end. */
  readonly bases: readonly string[];
  /** The file with the cluster's secret. */
  readonly secretFile: string;
  address(node: string): string;
  /** `settings` are for this run of the node. */
  start(node: string, settings?: NodeSettings): void;
  /** Kills the process with SIGKILL, and waits until it has ended. */
  kill(node: string): Promise<void>;
  signal(node: string, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** The statuses of all data servers, in the order of `servers`; undefined without an answer. */
  statuses(): Promise<readonly (NodeStatus | undefined)[]>;
  /** The primary of a group; undefined while there is none. */
  primary(group: string): Promise<string | undefined>;
  /** The end of a node's output. */
  said(node: string): string;
  /** Ends all processes and deletes the folder. */
  remove(): Promise<void>;
}

/** Settings of a node that differ from the defaults, by name. */
type NodeSettings = Readonly<Record<string, number>>;

const READY_WITHIN = 60_000;
const SERVERS = 3;
const FRONT_ENDS = 2;

/** Throws a `UserError` with the end of the processes' output when it does not come up. */
async function startOwnCluster(service: Service, frontEnds: NodeSettings): Promise<OwnCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-own-'));
  const ports = await freePorts(SERVERS + FRONT_ENDS);
  const { file, cluster, release } = await prepareFolder({
    folder: join(folder, 'cluster'),
    service,
    servers: SERVERS,
    frontEnds: FRONT_ENDS,
    fresh: false,
    assign: (topology) =>
      Object.fromEntries(nodesOf(topology).map((node, place) => [node, `127.0.0.1:${ports[place] ?? 0}`])),
    check: () => Promise.resolve(),
  });
  await release();
  const own = ownCluster(folder, file, cluster);
  const children = nodesOf(cluster.topology).map((node) =>
    own.start(node, cluster.topology.frontEnds.includes(node) ? frontEnds : {}),
  );
  const missing = await awaitPrimaries(children, cluster, READY_WITHIN, () => false);
  if (missing === undefined) return own;
  const said = nodesOf(cluster.topology).map((node) => own.said(node));
  await own.remove();
  throw new UserError(`the cluster of its own did not come up: ${missing}\n${said.join('')}`);
}

/**
 * Runs `test` on a temporary cluster of a service, which is removed afterwards, also after Ctrl-C. `frontEnds`:
 * settings of the front ends until their next start.
 */
export async function withOwnCluster<Result>(
  service: Service,
  test: (cluster: OwnCluster) => Promise<Result>,
  frontEnds: NodeSettings = {},
): Promise<Result> {
  const own = await startOwnCluster(service, frontEnds);
  const cutShort = (): void => void own.remove().then(() => process.exit(130));
  process.once('SIGINT', cutShort);
  process.once('SIGTERM', cutShort);
  try {
    return await test(own);
  } finally {
    process.off('SIGINT', cutShort);
    process.off('SIGTERM', cutShort);
    await own.remove();
  }
}

function ownCluster(
  folder: string,
  file: string,
  cluster: Cluster,
): Omit<OwnCluster, 'start'> & { start(node: string, settings?: NodeSettings): Child } {
  const { servers, frontEnds } = cluster.topology;
  const children = new Map<string, Child>();
  const own = {
    servers,
    frontEnds,
    secretFile: secretBeside(file),
    bases: frontEnds.map((node) => `http://${address(node)}`),
    address,
    start,
    kill,
    signal: (node: string, signal: 'SIGSTOP' | 'SIGCONT'): void => void process.kill(childOf(node).pid, signal),
    statuses: () => Promise.all(servers.map((node) => fetchStatus(address(node)).catch(() => undefined))),
    primary: async (group: string) => primaryOf(group, await own.statuses()),
    said: (node: string) => readFileSync(logOf(folder, node), 'utf8').slice(-1_000),
    async remove() {
      await Promise.all([...children.keys()].map(kill));
      await rm(folder, { recursive: true, force: true });
    },
  };
  return own;

  function start(node: string, settings: NodeSettings = {}): Child {
    const output = openSync(logOf(folder, node), 'a');
    const flags = Object.entries(settings).flatMap(([name, value]) => ['--setting', `${name}=${value}`]);
    const child = startChild({ node, cluster, file, verbose: false, holdFor: undefined, output, flags });
    closeSync(output);
    children.set(node, child);
    return child;
  }

  async function kill(node: string): Promise<void> {
    const child = childOf(node);
    if (!child.hasExited()) process.kill(child.pid, 'SIGKILL');
    await child.exited;
  }

  function address(node: string): string {
    return cluster.addresses[node] ?? '';
  }

  function childOf(node: string): Child {
    const child = children.get(node);
    if (child === undefined) throw new RangeError(`${node} was never started`);
    return child;
  }
}

function logOf(folder: string, node: string): string {
  return join(folder, `${node}.log`);
}
