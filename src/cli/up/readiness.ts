import type { Cluster } from '../cluster/cluster-file.ts';
import { fetchStatus, type NodeStatus } from '../status/fetch-status.ts';
import type { Child } from './node-process.ts';

/** Interval of polls, in milliseconds. */
const ASK_EVERY = 50;

/** The progress of a start. */
export interface Readiness {
  readonly answering: number;
  readonly nodes: number;
  /** Groups that have a primary. */
  readonly led: number;
  readonly groups: number;
}

/**
 * Waits until every group has a primary and every front end knows it, or `cancelled`. Resolves to undefined, or to what
 * was missing after `within` milliseconds or when a process ended. `report` takes the progress of each poll.
 */
export async function awaitPrimaries(
  children: readonly Child[],
  cluster: Cluster,
  within: number,
  cancelled: () => boolean,
  report: (readiness: Readiness) => void = () => undefined,
): Promise<string | undefined> {
  const { groups } = cluster.topology;
  const until = performance.now() + within;
  for (;;) {
    const statuses = await Promise.all(children.map(({ address }) => fetchStatus(address).catch(() => undefined)));
    report({
      answering: statuses.filter((status) => status !== undefined).length,
      nodes: children.length,
      led: groups.filter((group) => primaryOf(group, statuses) !== undefined).length,
      groups: groups.length,
    });
    const missing = missingIn(cluster, children, statuses);
    const other = children.find((child, place) => isOther(child, statuses[place]));
    if (other !== undefined) return `another process answers at ${other.address}, where ${other.node} was to listen`;
    if (missing === undefined || cancelled()) return missing;
    const dead = children.find((child) => child.hasExited());
    if (dead !== undefined) return `${dead.node} has ended (${await dead.exited})`;
    if (performance.now() > until) return missing;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
}

/** `3 of 5 nodes answer, 1 of 2 groups has a primary` */
export function showReadiness({ answering, nodes, led, groups }: Readiness): string {
  const groupsLed = `${led} of ${groups} ${groups === 1 ? 'group' : 'groups'} ${led === 1 ? 'has' : 'have'} a primary`;
  return `${answering} of ${nodes} nodes answer, ${groupsLed}`;
}

/** The primary of `group`: of the servers that report it, the one in the newest epoch. */
export function primaryOf(group: string, statuses: readonly (NodeStatus | undefined)[]): string | undefined {
  const leaders = statuses.filter((status) => status?.groups[group]?.role === 'primary');
  const counter = (status: NodeStatus | undefined): number => Number(status?.groups[group]?.epoch.split('.')[0] ?? 0);
  return leaders.sort((a, b) => counter(b) - counter(a))[0]?.node;
}

/** Whether another process answers at the child's address: its port was taken before it listened. */
function isOther({ pid }: Child, status: NodeStatus | undefined): boolean {
  return status !== undefined && status.pid !== pid;
}

function missingIn(
  cluster: Cluster,
  children: readonly Child[],
  statuses: readonly (NodeStatus | undefined)[],
): string | undefined {
  const mute = children.find((_, place) => statuses[place] === undefined);
  if (mute !== undefined) return `${mute.node} does not answer at ${mute.address}`;
  const headless = cluster.topology.groups.find((group) => primaryOf(group, statuses) === undefined);
  return headless === undefined ? undefined : `${headless} has no primary`;
}
