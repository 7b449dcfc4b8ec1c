import type { Map } from 'immutable';
import type { Address } from '../model/address.ts';
import type { GroupName } from '../model/app.ts';
import type { HeardWall, PrimaryClock } from '../model/clocks.ts';
import type { Epoch, NodeId } from '../model/epoch.ts';
import type { Json } from '../model/json.ts';
import type { Machine } from '../model/machine.ts';
import type { CodeReport, PageRequest, Request, Shortage, StateHash, WriteInSession } from '../model/messages.ts';

/** Leader state: from becoming primary until stepping down. */
export interface PrimaryState {
  readonly epoch: Epoch;
  readonly since: number;
  /** What entries are stamped with. */
  readonly clock: PrimaryClock;
  /** The date that more than half of all votes' wall clocks have reached; undefined before they were heard. */
  readonly date: HeardWall | undefined;
  /** The no-op that began the epoch: nothing is read before it is visible. */
  readonly first: number;
  /** The highest entry of this epoch that a majority of votes has; all before it are safe too. */
  readonly raftCommit: number;
  readonly progress: Readonly<Record<NodeId, Progress>>;
  readonly beat: number;
  readonly beatAt: number;
  /** Writes in the log without a known outcome, by uuid. */
  readonly pending: Map<string, PendingWrite>;
  /** Their sizes added up. */
  readonly pendingSize: number;
  /** Whether it takes only writes that need no room. */
  readonly isReadOnly: boolean;
  /** Calls of other groups without an outcome, by group and number. */
  readonly called: Map<string, readonly Requester[]>;
  /** Reads whose heartbeat round is under way, and those that wait for the next one. */
  readonly round: ReadRound | undefined;
  readonly nextRound: readonly RoundRead[];
  /** Front ends that cache answers of this group, and when each was last heard (PROTOCOL §10.5). */
  readonly watchers: readonly Watcher[];
  /** Calls to other groups: when each group's pending ones are sent (again). */
  readonly deliveries: Readonly<Record<GroupName, Delivery>>;
  /** The transfer under way. Until the next primary is elected, this is the primary (PROTOCOL §3.9). */
  readonly transfer: Transfer | undefined;
  /** Before this, leadership is transferred only on an order. */
  readonly transferAgainAt: number;
  /** The last comparison that this primary has begun: its index, and when (PROTOCOL §11.8). */
  readonly compared: { readonly index: number; readonly at: number } | undefined;
  /** The version whose migration is to be tried, and when that was said. */
  readonly trying: { readonly version: number; readonly since: number } | undefined;
  /**
   * The newest version whose migration this primary has tried, and why it failed; undefined where it has not. `at`: when
   * it began, until it is known how long it took.
   */
  readonly tried:
    { readonly version: number; readonly failed: string | undefined; readonly at: number | undefined } | undefined;
}

export interface Transfer {
  readonly to: NodeId;
  /** Whether `to` has the whole log and was told to campaign. */
  readonly isOffered: boolean;
  /** When the transfer fails, unless a newer epoch was heard of. */
  readonly until: number;
  /** Writes and calls that would lengthen the log, in order of arrival. */
  readonly held: readonly HeldRequest[];
}

export interface HeldRequest {
  readonly requester: Requester;
  readonly item: Extract<Request, { type: 'write' | 'call' | 'open' }>;
}

interface Watcher {
  readonly node: NodeId;
  readonly heardAt: number;
}

/** The primary's progress record of one peer. */
export interface Progress {
  /** The peer's disk has the log up to here. */
  readonly match: number;
  /** The life (incarnation) of the peer that said so, and its newest life known here; 0 before it is heard. */
  readonly matchedIn: number;
  readonly livesIn: number;
  /** The index sent next. */
  readonly next: number;
  /** Appends without an answer, and since when there are some and no answer has brought anything new. */
  readonly inFlight: number;
  readonly sentAt: number;
  /** The index a refusal sent it back to, while it is not known whether the logs agree there. */
  readonly probing: number | undefined;
  /** The index of the full copy under way. */
  readonly installing: number | undefined;
  readonly heardAt: number;
  /** Its wall clock, as last heard. */
  readonly wall: HeardWall | undefined;
  /** The newest heartbeat it answered. */
  readonly beat: number;
  /** Since when it has been heard and caught up without a break. */
  readonly steadySince: number | undefined;
  /** Since when it has lacked entries and its disk has taken none. */
  readonly stalledSince: number | undefined;
  /** Since when each acknowledgement has come more than `slowAfter` after it lacked entries. */
  readonly slowSince: number | undefined;
  /** Whether it took no part in the election, and has not been heard since. */
  readonly isUnheard: boolean;
  /** Since when it has been too far behind. */
  readonly laggingSince: number | undefined;
  /** How often it was readmitted in this epoch. */
  readonly flaps: number;
  /** Whether this primary has admitted it and it has not been a voter since. */
  readonly isNew: boolean;
  /** What it lacks, as its newest `heard` says. */
  readonly short: readonly Shortage[];
  /** Its code, as its newest `heard` in this tenure says; undefined before one. */
  readonly code: CodeReport | undefined;
  /** The hash of its state at the newest comparison, and where it needs a full copy from, as its newest `heard` says. */
  readonly hashed: StateHash | undefined;
  readonly diverged: number | undefined;
  /** What its state should have been where it was not: until it is right at a later comparison. */
  readonly differs: StateHash | undefined;
  /** The newest full copy that it was granted although it has the log, because it is mute or has diverged. */
  readonly copy: GrantedCopy | undefined;
}

/** A full copy for a peer that has the log (PROTOCOL §11.8). */
export interface GrantedCopy {
  /** The copy is of this index or a later one. */
  readonly from: number;
  readonly isSent: boolean;
  /** When it was granted; once it is sent, when it was. */
  readonly at: number;
  /** Copies granted to the peer in this tenure, this one included. */
  readonly count: number;
}

export interface PendingWrite {
  readonly digest: number;
  /** Characters of its command as JSON. */
  readonly size: number;
  readonly requesters: readonly Requester[];
}

/** The receiver of a reply, and the id it gave the request. */
export interface Requester {
  readonly address: Address;
  readonly id: string;
  /** The sender of the request, where `address` has forwarded it. */
  readonly origin?: Address;
}

interface ReadRound {
  /** The heartbeat whose answers prove that this was the primary after `index` was taken. */
  readonly beat: number;
  readonly index: number;
  readonly reads: readonly RoundRead[];
}

/** A state that is kept for the later pages of lists, and when the last page was read from it. */
export interface KeptVersion {
  readonly machine: Machine;
  readonly usedAt: number;
}

export type RoundRead =
  | {
      readonly type: 'read';
      readonly requester: Requester;
      readonly query: Json;
      /** Where the query lists: its first page is wanted; undefined: the whole list in one outcome. */
      readonly page: PageRequest | undefined;
      /** The index in the token of a session read, where the read index must tell whether it was ever given out. */
      readonly session?: number;
    }
  | { readonly type: 'index'; readonly requester: Requester }
  /** A front end asks what has become of a write (PROTOCOL §7.11). */
  | { readonly type: 'outcome'; readonly requester: Requester; readonly of: WriteInSession }
  /** A front end asks what has changed since `from`. */
  | { readonly type: 'watch'; readonly requester: Requester; readonly from: number };

export type WaitingRead = Exclude<RoundRead, { readonly type: 'index' }> & {
  /** What must be applied first: an index, or the one in the primary's answer to the question `asked`. */
  readonly needs: { readonly index: number } | { readonly asked: string };
  readonly until: number;
};

export interface Delivery {
  /** Calls up to this number have been sent; all unsettled ones are sent again at `againAt`. */
  readonly sent: number;
  readonly againAt: number;
  /** Calls whose outcome has been proposed and is not yet applied. */
  readonly settling: readonly number[];
}
