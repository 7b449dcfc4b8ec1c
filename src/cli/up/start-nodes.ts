import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Cluster, nodesOf } from '../cluster/cluster-file.ts';
import { logFile, logFolder, type OpenLog, openLog } from '../cluster/log-files.ts';
import { UserError } from '../shared/errors.ts';
import { shortPath } from '../shared/short-path.ts';
import { reasonSince } from './log-reason.ts';
import { type Child, startChild } from './node-process.ts';

/** A node of `up`, with its log. */
export interface StartedNode extends Child {
  /** Length of its log when it was started, in bytes; undefined where its log is on the screen. */
  readonly logBegin: number | undefined;
}

export interface StartNodesOptions {
  readonly cluster: Cluster;
  readonly file: string;
  /** Logs to the screen, with single requests, instead of to files. */
  readonly verbose: boolean;
  readonly holdFor: number | undefined;
  /** Additions to the command line of a node. */
  readonly flags: (node: string) => readonly string[];
}

/** Starts each node of a cluster as a process. Throws a `UserError`, and starts none, when a log cannot be opened. */
export function startNodes({ cluster, file, verbose, holdFor, flags }: StartNodesOptions): readonly StartedNode[] {
  const nodes = nodesOf(cluster.topology);
  const logs = new Map<string, OpenLog>();
  try {
    if (!verbose) for (const node of nodes) logs.set(node, openLogOf(node, dirname(file)));
    return nodes.map((node) => {
      const log = logs.get(node);
      const output = log?.descriptor ?? 'inherit';
      const child = startChild({ node, cluster, file, verbose, holdFor, flags: flags(node), output });
      return { ...child, logBegin: log?.begin };
    });
  } finally {
    for (const { descriptor } of logs.values()) closeSync(descriptor);
  }
}

function openLogOf(node: string, folder: string): OpenLog {
  try {
    return openLog(folder, node, `--- ${new Date().toISOString()} ${node} starts`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the log of ${node} cannot be opened: ${why}`);
  }
}

/**
 * Why a cluster did not come up, for the screen: each node that has ended by itself, with its reason and its log;
 * without one, the `missing` part.
 */
export function startFailure(nodes: readonly StartedNode[], ended: readonly string[], missing: string, folder: string) {
  const lines = nodes.flatMap(({ node, logBegin }): readonly string[] => {
    if (!ended.includes(node) || logBegin === undefined) return [];
    const path = logFile(folder, node);
    const reason = reasonSince(path, logBegin) ?? 'it has not said why';
    return [`  ${node}: ${reason}`, `      log: ${shortPath(path)}`];
  });
  const onScreen = nodes.every(({ logBegin }) => logBegin === undefined);
  if (lines.length === 0 && !onScreen) lines.push(`  logs: ${shortPath(logFolder(folder))}`);
  return [`the cluster did not come up: ${missing}`, ...lines].join('\n');
}
