import { closeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Cluster, nodesOf } from '../cluster/cluster-file.ts';
import { logFile, logFolder, openLog } from '../cluster/log-files.ts';
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

/** Starts each node of a cluster as a process. */
export function startNodes({ cluster, file, verbose, holdFor, flags }: StartNodesOptions): readonly StartedNode[] {
  return nodesOf(cluster.topology).map((node) => {
    const shared = { node, cluster, file, verbose, holdFor, flags: flags(node) };
    if (verbose) return { ...startChild({ ...shared, output: 'inherit' }), logBegin: undefined };
    const log = openLog(dirname(file), node, `--- ${new Date().toISOString()} ${node} starts`);
    try {
      return { ...startChild({ ...shared, output: log.descriptor }), logBegin: log.begin };
    } finally {
      closeSync(log.descriptor);
    }
  });
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
