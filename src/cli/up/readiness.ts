import type { Cluster } from '../cluster/cluster-file.ts';
import { fetchStatus, type NodeStatus } from '../status/fetch-status.ts';
import type { Child } from './node-process.ts';

/** Interval of polls, in milliseconds. */
const ASK_EVERY = 50;

/** Time for a data server that was slow to start to have its vote back, in milliseconds: twice `readmitAfter`. */
const VOTES_WITHIN = 10_000;

/** The progress of a start. */
export interface Readiness {
  readonly answering: number;
  readonly nodes: number;
  /** Groups that have a primary. */
  readonly led: number;
  readonly groups: number;
  /** Data servers without a vote in a group that has a primary, and those that do not follow it yet. */
  readonly voteless: readonly string[];
}

/**
 * Waits until every process answers and every group has a primary, or `cancelled`, and then for `VOTES_WITHIN` that all
 * data servers have votes: before that, those that have them may not die one after the other. Resolves to undefined, or to
 * what was missing after `within` milliseconds or when a process ended. `report` takes the progress of each poll.
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
  let ledAt: number | undefined;
  for (;;) {
    const statuses = await Promise.all(children.map(({ address }) => fetchStatus(address).catch(() => undefined)));
    const voteless = votelessIn(groups, statuses);
    report({
      voteless,
      answering: statuses.filter((status) => status !== undefined).length,
      nodes: children.length,
      led: groups.filter((group) => primaryOf(group, statuses) !== undefined).length,
      groups: groups.length,
    });
    const missing = missingIn(cluster, children, statuses);
    const other = children.find((child, place) => isOther(child, statuses[place]));
    if (other !== undefined) return `another process answers at ${other.address}, where ${other.node} was to listen`;
    ledAt = missing === undefined ? (ledAt ?? performance.now()) : undefined;
    const isWhole = ledAt !== undefined && (voteless.length === 0 || performance.now() - ledAt > VOTES_WITHIN);
    if (isWhole || cancelled()) return missing;
    const dead = children.find((child) => child.hasExited());
    if (dead !== undefined) return `${dead.node} has ended (${await dead.exited})`;
    if (performance.now() > until) return missing;
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY));
  }
}

/** `3 of 5 nodes answer, 1 of 2 groups has a primary`; once both are complete, `waits for the votes of s2`. */
export function showReadiness({ answering, nodes, led, groups, voteless }: Readiness): string {
  if (answering === nodes && led === groups && voteless.length > 0)
    return `waits for the votes of ${voteless.join(', ')}`;
  const groupsLed = `${led} of ${groups} ${groups === 1 ? 'group' : 'groups'} ${led === 1 ? 'has' : 'have'} a primary`;
  return `${answering} of ${nodes} nodes answer, ${groupsLed}`;
}

/** The primary of `group`: of the servers that report it, the one in the newest epoch. */
export function primaryOf(group: string, statuses: readonly (NodeStatus | undefined)[]): string | undefined {
  const leaders = statuses.filter((status) => status?.groups[group]?.role === 'primary');
  const counter = (status: NodeStatus | undefined): number => Number(status?.groups[group]?.epoch.split('.')[0] ?? 0);
  return leaders.sort((a, b) => counter(b) - counter(a))[0]?.node;
}

/** The data servers without a vote in a group that has a primary, and those that do not follow it yet; sorted. */
export function votelessIn(
  groups: readonly string[],
  statuses: readonly (NodeStatus | undefined)[],
): readonly string[] {
  const found = groups.flatMap((group) => {
    const leader = primaryOf(group, statuses);
    const led = statuses.find((status) => status?.node === leader)?.groups[group];
    if (led === undefined) return [];
    // A new primary lists as voters also those that have not heard of its epoch, and would take their votes in a moment.
    const follows = (node: string): boolean =>
      statuses.some((status) => status?.node === node && status.groups[group]?.epoch === led.epoch);
    return led.members
      .filter(({ node, kind, voter }) => kind === 'data' && !(voter && follows(node)))
      .map(({ node }) => node);
  });
  return [...new Set(found)].sort();
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
