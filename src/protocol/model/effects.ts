import type { Address } from './address.ts';
import type { GroupName } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { ServiceEntry } from './directory.ts';
import type { Entry } from './entry.ts';
import type { Epoch, NodeId } from './epoch.ts';
import type { Snapshot } from './machine.ts';
import type { Message, Unserved } from './messages.ts';

/** When an input arrives: the node's own clocks, and one draw of chance. All a reducer ever knows of the world. */
export interface Moment {
  /** Milliseconds of a monotonic clock; never goes back while the process lives. */
  readonly millis: number;
  /** Unix time in milliseconds; may jump. */
  readonly wall: number;
  /** From 0 up to (not including) 1. */
  readonly chance: number;
}

/** What a replica is told. */
export type Input =
  /** The first input of a process: what its disk holds. The incarnation has been raised and is durable. */
  | { readonly type: 'recovered'; readonly stored: Stored }
  | { readonly type: 'message'; readonly from: Address; readonly message: Message }
  /** `wakeAt` has come. */
  | { readonly type: 'wake' }
  /** The snapshot at `index` is durable. */
  | { readonly type: 'saved'; readonly index: number }
  /** A hint, never proof: connections to the node are refused, or it said farewell. Only hastens suspicion. */
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  /** What another replica of this node has learned about its group's primary. */
  | { readonly type: 'led'; readonly group: GroupName; readonly primary: NodeId; readonly epoch: Epoch }
  /** The data servers of another group, as they are by now. */
  | { readonly type: 'servers'; readonly group: GroupName; readonly servers: readonly NodeId[] }
  /** What this node's directory knows, sorted by node id: told whenever more than beats has changed. */
  | { readonly type: 'services'; readonly services: readonly ServiceEntry[] }
  /** Hand the lead over: to `to`, or to whoever suits best. From an operator, or from a node that leaves. */
  | { readonly type: 'transfer'; readonly to: NodeId | undefined };

/** What a replica wants done. Drivers carry effects out in order, by way of the outbox. */
export type Effect =
  /** Makes `operations` durable, in order, as one batch; what is in `then` happens only after that. */
  | { readonly type: 'persist'; readonly operations: readonly DiskOperation[]; readonly then: readonly FreeEffect[] }
  | FreeEffect;

/** An effect that waits for nothing. */
export type FreeEffect =
  | { readonly type: 'send'; readonly to: Address; readonly message: Message }
  /** Writes the snapshot beside the log, in the background; `saved` reports it. */
  | { readonly type: 'save'; readonly snapshot: Snapshot }
  /** Something worth a line in a log, a counter or a goal. */
  | { readonly type: 'note'; readonly note: Note };

/** One change of what the disk holds. */
export type DiskOperation =
  | { readonly type: 'promise'; readonly epoch: Epoch }
  | { readonly type: 'append'; readonly entries: readonly Entry[] }
  /** Entry `from` and all behind it are gone. */
  | { readonly type: 'truncate'; readonly from: number }
  /** A full copy: the snapshot takes the place of log and snapshot. Durable means file, folder and the emptied log. */
  | { readonly type: 'install'; readonly snapshot: Snapshot }
  /** Entries up to and including `through` are no longer needed; a durable snapshot covers them. */
  | { readonly type: 'compact'; readonly through: number };

/** What a disk gives back after a restart. */
export interface Stored {
  readonly incarnation: number;
  readonly promised: Epoch;
  /** The newest durable snapshot; undefined before the first one. */
  readonly snapshot: Snapshot | undefined;
  /** What the log kept, oldest first. It may begin before the snapshot's end, and never leaves a gap behind it. */
  readonly entries: readonly Entry[];
}

/**
 * How a configuration differs from the one before it. `remove`, `readmit` and `promote`: a data server's vote, lost, had back,
 * and had for the first time. `give` and `take`: one vote of a witness. `admit` and `drop`: a learner.
 */
export type ConfigurationChange = 'remove' | 'readmit' | 'promote' | 'give' | 'take' | 'admit' | 'drop';

/** What happened, for people and for "sometimes" goals. Nothing depends on it. */
export type Note =
  | { readonly type: 'suspects'; readonly nodeId: NodeId }
  | { readonly type: 'asks-election'; readonly round: number }
  | { readonly type: 'campaigns'; readonly epoch: Epoch }
  | { readonly type: 'elected'; readonly epoch: Epoch }
  | { readonly type: 'follows'; readonly primary: NodeId; readonly epoch: Epoch }
  | {
      readonly type: 'steps-down';
      readonly epoch: Epoch;
      readonly reason: 'outdated' | 'no-quorum' | 'stalled' | 'handed-over';
    }
  /** The lead is offered to `to`: an operator wants it so, this node leaves, or `to` has the higher rank. */
  | {
      readonly type: 'hands-over';
      readonly epoch: Epoch;
      readonly to: NodeId;
      readonly reason: 'ordered' | 'leaving' | 'outranked';
    }
  /** Nothing came of handing over: nobody was fit, or whoever was did not take the lead in time. */
  | { readonly type: 'keeps-office'; readonly epoch: Epoch; readonly to: NodeId | undefined }
  | {
      readonly type: 'proposes';
      readonly configuration: Configuration;
      readonly change: ConfigurationChange;
      readonly nodeId: NodeId;
    }
  | { readonly type: 'other-genesis'; readonly from: NodeId }
  | { readonly type: 'truncates'; readonly from: number }
  | { readonly type: 'sends-full-copy'; readonly to: NodeId; readonly index: number }
  | { readonly type: 'installed'; readonly index: number }
  | { readonly type: 'snapshots'; readonly index: number }
  | { readonly type: 'suppresses-duplicate'; readonly uuid: string }
  | { readonly type: 'resumes-calls'; readonly group: GroupName; readonly pending: number }
  | { readonly type: 'unserved'; readonly reason: Unserved };
