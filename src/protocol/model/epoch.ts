/** The name of one node (one process with its own data folder), unique in its cluster, such as `s1` or `f2`. */
export type NodeId = string;

/**
 * Leadership term: a counter and the node that raised it, compared in that order. Two nodes that raise the same counter
 * have different epochs, so a promise to one is never mistaken for a promise to the other.
 */
export interface Epoch {
  readonly counter: number;
  readonly nodeId: NodeId;
}

/** The epoch before every election. */
export const NO_EPOCH: Epoch = Object.freeze({ counter: 0, nodeId: '' });

/** Negative when `a` is older than `b`, zero when they are the same, positive when `a` is newer. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  if (a.counter !== b.counter) return a.counter - b.counter;
  if (a.nodeId === b.nodeId) return 0;
  return a.nodeId < b.nodeId ? -1 : 1;
}

export function sameEpoch(a: Epoch, b: Epoch): boolean {
  return a.counter === b.counter && a.nodeId === b.nodeId;
}

/** `3.s2`, as in logs, traces and `GET /status`. */
export function showEpoch(epoch: Epoch): string {
  return epoch.counter === 0 ? 'none' : `${epoch.counter}.${epoch.nodeId}`;
}

/** The end of a log: epoch and index of its last entry. */
export interface LogEnd {
  readonly epoch: Epoch;
  readonly index: number;
}

/** Negative when the log that ends at `a` is older than the one that ends at `b` (Raft §5.4.1). */
export function compareLogEnds(a: LogEnd, b: LogEnd): number {
  return compareEpochs(a.epoch, b.epoch) || a.index - b.index;
}
