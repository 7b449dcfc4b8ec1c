import { statSync } from 'node:fs';
import { logFile, rotateLog } from '../cluster/log-files.ts';
import { shortPath } from '../shared/short-path.ts';
import type { StartedNode } from './start-nodes.ts';

/**
 * A rotation of the logs of nodes, to be called at intervals. Never throws: a log must not end its node. `tell` gets a
 * line for a log that cannot be rotated or is gone, once until it is well again.
 */
export function createLogRotation(
  folder: string,
  tell: (line: string) => void,
): (nodes: readonly StartedNode[]) => void {
  const told = new Set<string>();
  return (nodes) => {
    for (const started of nodes) {
      if (started.logBegin === undefined) continue;
      const problem = problemOf(started, logFile(folder, started.node));
      if (problem === undefined) told.delete(started.node);
      else if (!told.has(started.node)) {
        told.add(started.node);
        tell(problem);
      }
    }
  };
}

/** Rotates the log of a node where that is due. Returns what is wrong with the log, if anything. */
function problemOf(started: StartedNode, path: string): string | undefined {
  const { node } = started;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    // The process holds the deleted file open, and still writes to it.
    if (found === undefined || found.isDirectory()) {
      return started.hasExited()
        ? undefined
        : `the log of ${node} is gone (${shortPath(path)}): what ${node} writes is lost`;
    }
    rotateLog(path);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `the log of ${node} cannot be rotated, and grows: ${why}`;
  }
}
