import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tickets } from '../../src/apps/tickets/service.ts';
import { type Cluster, nodesOf } from '../../src/cli/cluster/cluster-file.ts';
import { prepareFolder } from '../../src/cli/cluster/cluster-folder.ts';
import { type Child, startChild } from '../../src/cli/up/node-process.ts';
import { assignPorts, refuseBusyPorts } from '../../src/cli/up/ports.ts';
import { awaitPrimaries } from '../../src/cli/up/readiness.ts';

/** A cluster of the ticket service as processes of this machine, in a folder that is deleted when it stops. */
export interface OwnCluster {
  readonly cluster: Cluster;
  /** The running processes. */
  children(): readonly Child[];
  /** Restarts a node that has ended. */
  restart(node: string): void;
  /** Resolves when every group has a primary that the front ends know. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface OwnClusterOptions {
  readonly servers: number;
  readonly frontEnds: number;
  /** Given to each process. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Front ends listen on `port` and the next ones, servers behind them. Default: three servers, two front ends. */
export async function startOwnCluster(
  port: number,
  { servers = 3, frontEnds = 2, environment = {} }: Partial<OwnClusterOptions> = {},
): Promise<OwnCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-bench-'));
  const { file, cluster, release } = await prepareFolder({
    folder: join(folder, 'cluster'),
    service: tickets,
    servers,
    frontEnds,
    fresh: false,
    assign: (topology) => assignPorts(topology, port, undefined),
    check: refuseBusyPorts,
  });
  const start = (node: string): Child =>
    startChild({ node, cluster, file, verbose: false, holdFor: undefined, output: 'ignore', environment });
  let children = nodesOf(cluster.topology).map(start);
  const own: OwnCluster = {
    cluster,
    children: () => children,
    restart(node) {
      children = children.map((child) => (child.node === node ? start(node) : child));
    },
    async ready() {
      const missing = await awaitPrimaries(children, cluster, 60_000, () => false);
      if (missing !== undefined) throw new Error(missing);
    },
    async stop() {
      for (const child of children) child.stop(3_000);
      await Promise.all(children.map((child) => child.exited));
      await release();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await own.ready().catch(async (error: unknown) => {
    await own.stop();
    throw error;
  });
  return own;
}
