import type { Cluster } from '../cluster/cluster-file.ts';
import { logFile } from '../cluster/log-files.ts';
import { shortPath } from '../shared/short-path.ts';
import { fetchStatus } from '../status/fetch-status.ts';
import { clusterEvents, knownCluster, type Look } from './cluster-events.ts';
import { reasonSince } from './log-reason.ts';
import { createLogRotation } from './log-rotation.ts';
import type { StartedNode } from './start-nodes.ts';

/** Interval of polls, in milliseconds; each node is asked once a poll. */
const LOOK_EVERY = 1_000;

/** The same while a node or a primary is missing. */
const LOOK_AGAIN = 250;

/** Timeout of one answer, in milliseconds: a node that hangs must not keep events of the others back for long. */
const ANSWER_WITHIN = 1_000;

/**
 * Reports the events of a cluster, a line each: a node that ends or returns, a new primary. Keeps the logs of the nodes
 * within their bound. Resolves when all of `nodes` have ended, or once it `isOver`.
 */
export async function tellEvents(
  { topology, addresses }: Cluster,
  folder: string,
  nodes: readonly StartedNode[],
  tell: (line: string) => void,
  isOver: () => boolean,
): Promise<void> {
  const { groups } = topology;
  const ended = new Set<number>();
  const rotateLogs = createLogRotation(folder, tell);
  let wake: (() => void) | undefined;
  const all = Promise.all(
    nodes.map(async (node) => {
      const how = await node.exited;
      ended.add(node.pid);
      if (!isOver()) tell(deathOf(node, how, folder));
      wake?.();
    }),
  );
  let known = knownCluster(groups, await look());
  while (!isOver() && ended.size < nodes.length) {
    const isWell = [...Object.values(known.nodes), ...Object.values(known.groups)].every(({ missed }) => missed === 0);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, isWell ? LOOK_EVERY : LOOK_AGAIN);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (!isOver()) rotateLogs(nodes);
    const seen = clusterEvents(known, groups, await look());
    known = seen.known;
    if (!isOver()) for (const line of seen.lines) tell(line);
  }
  await all;

  async function look(): Promise<Look> {
    const statuses = await Promise.all(
      nodes.map(async ({ node, address }) => {
        const status = await fetchStatus(addresses[node] ?? address, undefined, ANSWER_WITHIN).catch(() => undefined);
        // Another process may listen at the node's address.
        return [node, status?.clusterId === topology.clusterId && status.node === node ? status : undefined] as const;
      }),
    );
    return { statuses: Object.fromEntries(statuses), ended };
  }
}

/** The report of a node's end: why, where its log tells, and how to start it again. */
function deathOf({ node, command, logBegin }: StartedNode, how: string, folder: string): string {
  const path = logFile(folder, node);
  const reason = logBegin === undefined ? undefined : reasonSince(path, logBegin);
  const why = reason === undefined ? '' : `: ${reason}`;
  const more = reason === undefined ? '' : `\n  its log: ${shortPath(path)}`;
  return `${node} has ended (${how})${why}. To start it again:\n  ${command}${more}`;
}
