import type { Address } from './address.ts';
import type { GroupName } from './app.ts';
import type { CodeRange } from './app-versions.ts';
import type { Configuration } from './configuration.ts';
import type { ServiceEntry } from './directory.ts';
import type { Entry } from './entry.ts';
import type { Epoch, NodeId } from './epoch.ts';
import type { Json } from './json.ts';
import type { Machine, Snapshot } from './machine.ts';
import type { Message, Shortage, StateHash, Unserved } from './messages.ts';

/** The clocks of the node at an input, and one random number: all that a reducer knows of its surroundings. */
export interface Moment {
  /** Milliseconds of a monotonic clock; never falls while the process lives. */
  readonly millis: number;
  /** Unix time in milliseconds; may jump. */
  readonly wall: number;
  /** Random, from 0 up to (not including) 1. */
  readonly chance: number;
}

/** An input of a replica. */
export type Input =
  /** The first input of a process: what its disk holds. The incarnation has been raised and is durable. */
  | { readonly type: 'recovered'; readonly stored: Stored }
  | { readonly type: 'message'; readonly from: Address; readonly message: Message }
  /** The time of `wakeAt` has come. */
  | { readonly type: 'wake' }
  /** The snapshot at `index` is durable, and has `size` bytes, where that is known. */
  | { readonly type: 'saved'; readonly index: number; readonly size?: number | undefined }
  /** The hash of the state at `index`, and how long it took in milliseconds, where that was measured. */
  | ({ readonly type: 'hashed'; readonly millis?: number | undefined } & StateHash)
  /** A hint, never proof: the node refuses connections, or announced that it stops. It only hastens suspicion. */
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  /** The node was heard, on any matter: takes back a hint. */
  | { readonly type: 'heard'; readonly nodeId: NodeId }
  /** Much waits for the link to a node, or little does again. */
  | { readonly type: 'backlog'; readonly nodeId: NodeId; readonly isLong: boolean }
  /** What this process lacks; empty while it has room. */
  | { readonly type: 'short'; readonly of: readonly Shortage[] }
  /** Another replica of this node has learned its group's primary. */
  | { readonly type: 'led'; readonly group: GroupName; readonly primary: NodeId; readonly epoch: Epoch }
  /** The current data servers of another group. */
  | { readonly type: 'servers'; readonly group: GroupName; readonly servers: readonly NodeId[] }
  /** This node's directory, sorted by node id; sent when anything but beats has changed. */
  | { readonly type: 'services'; readonly services: readonly ServiceEntry[] }
  /** Transfer leadership to `to`, or to the best data voter. From an operator, or from a node that leaves. */
  | { readonly type: 'transfer'; readonly to: NodeId | undefined };

/** An effect of a step. Drivers carry effects out in order, through the outbox. */
export type Effect =
  /** Makes `operations` durable, in order, as one batch; `then` follows once they are. */
  | { readonly type: 'persist'; readonly operations: readonly DiskOperation[]; readonly then: readonly FreeEffect[] }
  | FreeEffect;

/** An effect that waits for no disk. */
export type FreeEffect =
  | { readonly type: 'send'; readonly to: Address; readonly message: Message }
  /** Writes the snapshot beside the log, in the background; `saved` reports it. */
  | { readonly type: 'save'; readonly snapshot: Snapshot }
  /** Hashes the state of the machine at `index`, in the background; `hashed` reports it. */
  | { readonly type: 'hash'; readonly index: number; readonly machine: Machine }
  /** An event for a log line, a counter or a goal. */
  | { readonly type: 'note'; readonly note: Note };

/** One change of the disk's content. */
export type DiskOperation =
  | { readonly type: 'promise'; readonly epoch: Epoch }
  /** `wall`: this node's own wall clock, not the stamp of the entries. */
  | { readonly type: 'append'; readonly entries: readonly Entry[]; readonly wall?: number | undefined }
  /** Drops entry `from` and all behind it. */
  | { readonly type: 'truncate'; readonly from: number }
  /** A full copy: the snapshot replaces log and snapshot. Durable means file, folder and the emptied log. */
  | { readonly type: 'install'; readonly snapshot: Snapshot; readonly wall?: number | undefined }
  /** Drops entries up to and including `through`; a durable snapshot covers them. */
  | { readonly type: 'compact'; readonly through: number; readonly wall?: number | undefined };

/** The disk's content after a restart. */
export interface Stored {
  readonly incarnation: number;
  readonly promised: Epoch;
  /** The newest durable snapshot; undefined before the first one. */
  readonly snapshot: Snapshot | undefined;
  /** Its bytes, where they are known. */
  readonly snapshotSize?: number | undefined;
  /** The entries of the log, oldest first. They may begin before the snapshot's end, and leave no gap behind it. */
  readonly entries: readonly Entry[];
  /** What this node's wall clock showed at the last write of an entry; undefined in a folder of an older release. */
  readonly wall?: number | undefined;
}

/**
 * Kinds of a configuration change:
 * - `remove`, `readmit`, `promote`: a data server's vote, lost, regained, and gained for the first time;
 * - `give`, `take`: one vote of a witness;
 * - `admit`, `drop`: a learner.
 */
export type ConfigurationChange = 'remove' | 'readmit' | 'promote' | 'give' | 'take' | 'admit' | 'drop';

/** Events for people and for "sometimes" goals. Nothing depends on them. */
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
  /** Leadership is offered to `to`: an operator ordered it, this node leaves, or `to` has the higher rank. */
  | {
      readonly type: 'hands-over';
      readonly epoch: Epoch;
      readonly to: NodeId;
      readonly reason: 'ordered' | 'leaving' | 'outranked' | 'mute' | 'diverged';
    }
  /** A transfer failed: no data voter was fit, or `to` was not elected in time. */
  | { readonly type: 'keeps-office'; readonly epoch: Epoch; readonly to: NodeId | undefined }
  | {
      readonly type: 'proposes';
      readonly configuration: Configuration;
      readonly change: ConfigurationChange;
      readonly nodeId: NodeId;
    }
  /** The disk of a peer has lost acknowledged entries: of those up to `had` it has at most those up to `has`. */
  | {
      readonly type: 'forgets';
      readonly nodeId: NodeId;
      readonly diskId: string;
      readonly had: number;
      readonly has: number;
    }
  /** A data server that has just lost its vote gets it back late, because it has lost it `returns` times before. */
  | { readonly type: 'waits-for-vote'; readonly nodeId: NodeId; readonly returns: number; readonly millis: number }
  | { readonly type: 'other-genesis'; readonly from: NodeId }
  /** The promise leaves no epoch to campaign for: its counter was taken from a hostile message. */
  | { readonly type: 'epochs-exhausted'; readonly promised: Epoch }
  /** A primary's log or full copy has another entry where this one's is visible. Nothing of it was taken. */
  | { readonly type: 'contradicts-visible'; readonly from: NodeId; readonly index: number }
  /** A primary's entry has a command that this app cannot read. It is not taken, nor what follows it. */
  | { readonly type: 'unreadable'; readonly from: NodeId; readonly index: number; readonly reason: string }
  /** The primary proposes that entries from here on are applied by the code of `version`. */
  | { readonly type: 'activates'; readonly version: number }
  /** The migration to `version` is tried after the next heartbeat; until it has ended, this process does nothing else. */
  | { readonly type: 'tries-migration'; readonly version: number }
  /** Trying it took this primary longer than a primary may be silent: this process does not propose `version`. */
  | { readonly type: 'migration-is-slow'; readonly version: number; readonly millis: number }
  /** `nodeId` was trying the migration to `version` when it was heard last: this primary does not, until it is heard. */
  | { readonly type: 'awaits-trial'; readonly nodeId: NodeId; readonly version: number }
  /** The migration to `version`, which had worked where it was proposed, failed here: this state has diverged. */
  | { readonly type: 'fails-alone'; readonly version: number; readonly index: number }
  /** The migration to `version` fails on the state of this primary, which does not propose it again in this tenure. */
  | { readonly type: 'migration-fails'; readonly version: number; readonly thrown: Error }
  /** The state has been migrated to `version` by entry `index`. */
  | { readonly type: 'activated'; readonly version: number; readonly index: number }
  /** This build lacks the code of version `lacks`, which its log needs: it applies and answers nothing from there on. */
  | { readonly type: 'mute'; readonly lacks: number; readonly has: CodeRange }
  /** This build has all the code that its log needs again; its state is of `version`. */
  | { readonly type: 'able'; readonly version: number }
  /**
   * The state of `nodeId` after entry `index` has `hash`, and should have `expected`: that of most data servers compared,
   * or the primary's where there is no such majority. `agree` of `of` have the expected one, where this replica knows.
   */
  | {
      readonly type: 'diverged';
      readonly nodeId: NodeId;
      readonly index: number;
      readonly hash: number;
      readonly expected: number;
      readonly agree?: number;
      readonly of?: number;
    }
  | { readonly type: 'truncates'; readonly from: number }
  | { readonly type: 'sends-full-copy'; readonly to: NodeId; readonly index: number }
  | { readonly type: 'installed'; readonly index: number }
  | { readonly type: 'snapshots'; readonly index: number }
  | { readonly type: 'suppresses-duplicate'; readonly uuid: string }
  | { readonly type: 'resumes-calls'; readonly group: GroupName; readonly pending: number }
  /** The primary of another group does not answer: its calls go by way of `via`, which hears it. */
  | { readonly type: 'bridges'; readonly group: GroupName; readonly primary: NodeId; readonly via: NodeId }
  /** Calls to a group that there is not, which are refused. */
  | { readonly type: 'calls-no-group'; readonly group: GroupName; readonly pending: number }
  | { readonly type: 'unserved'; readonly reason: Unserved }
  /** The service's code failed at a command, on every replica. `isAloud`: in this one's log for people. */
  | {
      readonly type: 'command-failed';
      readonly errorId: string;
      readonly index: number;
      readonly command: Json;
      readonly thrown: Error;
      readonly isAloud: boolean;
    }
  /** It failed at a query in the state at `index`. */
  | {
      readonly type: 'query-failed';
      readonly errorId: string;
      readonly index: number;
      readonly query: Json;
      readonly thrown: Error;
    }
  /** The primary takes no write that needs room. */
  | {
      readonly type: 'read-only';
      readonly shortages: readonly { readonly node: NodeId; readonly of: Shortage }[];
    }
  | { readonly type: 'writable' }
  /** This node's wall clock differs from the date that most clocks of the group show, or no longer does. */
  | { readonly type: 'clock-differs'; readonly byMillis: number; readonly isWrong: boolean };
