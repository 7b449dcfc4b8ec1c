import type { GroupName } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { Epoch, NodeId } from './epoch.ts';
// The directory: who exists, where, and what is wanted of it. Hints only; what counts is the configuration in each
// group's log, which primaries make follow the directory (PROTOCOL §5.8).

/**
 * What is wanted of a node. `member`: it takes part. `away`: it has stopped in good order and comes back; it loses its
 * vote at once. `removed`: for good, whatever this disk says later.
 */
export type Lifecycle = 'member' | 'away' | 'removed';

/** One node, as the directory knows it. */
export interface ServiceEntry {
  readonly nodeId: NodeId;
  readonly kind: 'server' | 'frontend';
  /** `host:port`, where the others reach it. */
  readonly address: string;
  readonly diskId: string;
  /** Which disk of this node id: 1 for the first. */
  readonly generation: number;
  /** Raised at each start of the process. */
  readonly incarnation: number;
  readonly standing: Lifecycle;
  /** Counts up while the process lives. */
  readonly beat: number;
}

/** What somebody knows of a group. Of two, the one with the newer (epoch, index) is right. */
export interface GroupView {
  readonly group: GroupName;
  readonly epoch: Epoch;
  readonly primary: NodeId | undefined;
  /** Where `configuration` stands in the log. */
  readonly index: number;
  readonly configuration: Configuration;
}
