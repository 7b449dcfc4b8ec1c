import type { GroupName } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { Epoch, NodeId } from './epoch.ts';
// The directory: which nodes exist, at which address, in which lifecycle. It holds hints only. What counts is the
// configuration in each group's log, which primaries change to follow the directory (PROTOCOL §5.8).

/**
 * Lifecycle of a node:
 * - `member`: it takes part.
 * - `away`: stopped in good order, and it returns; it loses its vote at once.
 * - `removed`: final, whatever this disk says later.
 */
export type Lifecycle = 'member' | 'away' | 'removed';

/** One node, as the directory knows it. */
export interface ServiceEntry {
  readonly nodeId: NodeId;
  readonly kind: 'server' | 'frontend';
  /** `host:port`, where peers reach it. */
  readonly address: string;
  readonly diskId: string;
  /** Which disk of this node id: 1 for the first. */
  readonly generation: number;
  /** Raised at each start of the process. */
  readonly incarnation: number;
  readonly standing: Lifecycle;
  /** Counts up while the process lives. */
  readonly beat: number;
  /** What only this start of this disk can say: see `Lives` of gossip. */
  readonly proof?: string | undefined;
}

/** A node's view of a group. Of two views, the one with the higher (epoch, index) is newer. */
export interface GroupView {
  readonly group: GroupName;
  readonly epoch: Epoch;
  readonly primary: NodeId | undefined;
  /** Index of `configuration` in the log. */
  readonly index: number;
  readonly configuration: Configuration;
}
