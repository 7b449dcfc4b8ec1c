import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { type Cluster, nodesOf, secretBeside } from '../../../src/cli/cluster/cluster-file.ts';
import { prepareFolder } from '../../../src/cli/cluster/cluster-folder.ts';
import { fetchStatus, type NodeStatus } from '../../../src/cli/status/fetch-status.ts';
import { type Child, startChild } from '../../../src/cli/up/node-process.ts';
import { freePorts } from '../../../src/cli/up/ports.ts';
import { primaryOf } from '../../../src/cli/up/readiness.ts';
import { type Client, createClient } from '../../../src/client/client.ts';
import type { Service } from '../../../src/service/service.ts';

/** A cluster of real processes on free ports, in a folder of its own that goes with it. */
export interface LiveCluster {
  readonly file: string;
  readonly servers: readonly string[];
  readonly frontEnds: readonly string[];
  /** `http://host:port` of every front end. */
  readonly bases: readonly string[];
  address(node: string): string;
  readonly secretFile: string;
  /** Starts the node again, by the command line that started it first, but for `flags` and `bin` in place of those of the cluster. */
  start(node: string, flags?: readonly string[], bin?: string): void;
  /** kill −9, and waits until the process is gone. */
  kill(...nodes: string[]): Promise<void>;
  /** Asks the process to stop and waits until it has; resolves to how it ended: `exit code 0`. */
  stop(node: string): Promise<string>;
  signal(node: string, signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  status(node: string): Promise<NodeStatus | undefined>;
  /** Waits until there is a primary of `group` and names it. */
  primary(group: string): Promise<string>;
  /** Waits until every group has a primary and all its servers as voters. */
  voters(): Promise<void>;
  /** Waits for the same, and until all servers have applied the same. Never comes true while writes keep coming. */
  whole(): Promise<void>;
  client(options?: { readonly deadline?: number; readonly frontEnds?: readonly string[] }): Client;
  /** The end of what every process has said, for a test that failed. */
  logs(): string;
  /** All lines of the log of one. */
  logLines(node: string): readonly string[];
  remove(): Promise<void>;
}

/** Longest wait for anything that a cluster must do by itself, in milliseconds. */
export const SOON = { timeout: 60_000, interval: 50 };

/** What a cluster is to be like: of tickets, with three data servers and two front ends unless said. */
export interface ClusterPlan {
  readonly service?: Service;
  /** The file that exports it, which each process reads when it is started. */
  readonly module?: string;
  readonly servers?: number;
  readonly frontEnds?: number;
  readonly holdFor?: number;
  /** More of the command line of every node. */
  readonly flags?: readonly string[];
  /** The command of the build that they run; that of this one unless said. */
  readonly bin?: string;
}

export async function startCluster(plan: ClusterPlan = {}): Promise<LiveCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-live-'));
  const { service = tickets, servers = 3, frontEnds = 2 } = plan;
  const ports = await freePorts(servers + frontEnds);
  const { file, cluster, release } = await prepareFolder({
    folder: join(folder, 'cluster'),
    service,
    module: plan.module,
    servers,
    frontEnds,
    fresh: false,
    assign: (topology) =>
      Object.fromEntries(nodesOf(topology).map((node, place) => [node, `127.0.0.1:${ports[place] ?? 0}`])),
    check: () => Promise.resolve(),
  });
  await release();
  const live = liveCluster(folder, file, cluster, plan);
  try {
    for (const node of nodesOf(cluster.topology)) live.start(node);
    for (const node of nodesOf(cluster.topology)) {
      await vi.waitFor(async () => expect(await live.status(node)).toBeDefined(), SOON);
    }
    await live.whole();
    return live;
  } catch (error) {
    console.error(live.logs());
    await live.remove();
    throw error;
  }
}

function liveCluster(folder: string, file: string, cluster: Cluster, plan: ClusterPlan): LiveCluster {
  const { holdFor, flags } = plan;
  const { servers, frontEnds, groups } = cluster.topology;
  const children = new Map<string, Child>();
  const bases = frontEnds.map((node) => `http://${address(node)}`);
  return {
    file,
    servers,
    frontEnds,
    bases,
    address,
    secretFile: secretBeside(file),
    start,
    kill,
    stop(node) {
      process.kill(childOf(node).pid, 'SIGTERM');
      return childOf(node).exited;
    },
    status,
    async primary(group) {
      return vi.waitFor(async () => {
        const primary = primaryOf(group, await statuses());
        if (primary === undefined) throw new Error(`${group} has no primary`);
        return primary;
      }, SOON);
    },
    voters: async () => {
      for (const group of groups)
        await vi.waitFor(async () => expect(await missing(group, 'voters')).toBe('nothing'), SOON);
    },
    whole: async () => {
      for (const group of groups)
        await vi.waitFor(async () => expect(await missing(group, 'entries')).toBe('nothing'), SOON);
    },
    signal: (node, signal) => void process.kill(childOf(node).pid, signal),
    client: (options = {}) => createClient({ frontEnds: bases, deadline: 20_000, attemptWithin: 10_000, ...options }),
    logs: () =>
      [...servers, ...frontEnds].map((node) => readFileSync(logOf(node), 'utf8').slice(-4_000)).join('\n---\n'),
    logLines: (node) => readFileSync(logOf(node), 'utf8').split('\n'),
    async remove() {
      await kill(...children.keys());
      await rm(folder, { recursive: true, force: true });
    },
  };

  function start(node: string, others: readonly string[] = flags ?? [], bin = plan.bin): void {
    const output = openSync(logOf(node), 'a');
    children.set(node, startChild({ node, cluster, file, verbose: false, holdFor, output, flags: others, bin }));
    closeSync(output);
  }

  async function kill(...nodes: string[]): Promise<void> {
    const killed = nodes.map(childOf).filter((child) => !child.hasExited());
    for (const { pid } of killed) process.kill(pid, 'SIGKILL');
    await Promise.all(killed.map(({ exited }) => exited));
  }

  function status(node: string): Promise<NodeStatus | undefined> {
    return fetchStatus(address(node)).catch(() => undefined);
  }

  function statuses(): Promise<readonly (NodeStatus | undefined)[]> {
    return Promise.all(servers.map(status));
  }

  /** What keeps `group` from having all its servers as voters and, if asked for, everything on all of them. */
  async function missing(group: string, wanted: 'voters' | 'entries'): Promise<string> {
    const all = await statuses();
    const leader = primaryOf(group, all);
    const seen = all.find((one) => one?.node === leader)?.groups[group];
    if (leader === undefined || seen === undefined) return `a primary of ${group}`;
    const learners = seen.members.filter(({ kind, voter }) => kind === 'data' && !voter);
    if (learners.length > 0) return `${learners.map(({ node }) => node).join()} as voters of ${group}`;
    // A new primary lists as voters also those it has not heard yet, and would take the votes of in a moment.
    if ((seen.applied ?? 0) === 0) return `an entry of ${group} that every voter has`;
    const deaf = all.filter((one) => one?.groups[group]?.epoch !== seen.epoch);
    if (deaf.length > 0) return `epoch ${seen.epoch} of ${group} at ${deaf.map((one) => one?.node ?? 'one').join()}`;
    if (wanted === 'voters') return 'nothing';
    const late = all.filter((one) => one?.groups[group]?.applied !== seen.applied);
    return late.length === 0 ? 'nothing' : `entries of ${group} at ${late.map((one) => one?.node ?? 'one').join()}`;
  }

  function address(node: string): string {
    return cluster.addresses[node] ?? '';
  }

  function childOf(node: string): Child {
    const child = children.get(node);
    if (child === undefined) throw new Error(`${node} was never started`);
    return child;
  }

  function logOf(node: string): string {
    return join(folder, `${node}.log`);
  }
}
