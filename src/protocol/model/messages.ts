import type { Address } from './address.ts';
import type { GroupName, Outcome } from './app.ts';
import type { GroupView, ServiceEntry } from './directory.ts';
import type { Entry, Slot } from './entry.ts';
import type { Epoch, LogEnd, NodeId } from './epoch.ts';
import type { Json } from './json.ts';
import type { Snapshot } from './machine.ts';

/** A message with its sender and receiver. */
export interface Envelope {
  readonly from: Address;
  readonly to: Address;
  readonly message: Message;
}

/** Every message between nodes. docs/internals/protocol.md §2 lists sender, receiver and answer of each. */
export type Message = ElectionMessage | LogMessage | ServiceMessage;

export type ElectionMessage =
  /**
   * "The primary is silent; is there a better candidate?" Changes nothing at its receiver (Garcia-Molina 1982 §4).
   * `transfer`: the primary is not silent, but hands over; would you vote for me?
   */
  | {
      readonly type: 'election';
      readonly round: number;
      readonly end: LogEnd;
      readonly transfer: boolean;
      /** The sender lacks the code of a version, or its state has diverged: it would only hand over (PROTOCOL §11.4). */
      readonly isMute?: boolean | undefined;
    }
  | {
      readonly type: 'answer';
      readonly round: number;
      /**
       * `alive`: there is a primary. `behind`: my log is newer. `better`: I outrank you and stand myself. `ok`: go on.
       */
      readonly verdict: 'alive' | 'behind' | 'better' | 'ok';
      /** The highest epoch the answering node has promised. */
      readonly promised: Epoch;
    }
  /** Asks for a vote. `transfer`: the primary hands over (PROTOCOL §3.9); a voter that hears it grants all the same. */
  | { readonly type: 'campaign'; readonly epoch: Epoch; readonly end: LogEnd; readonly transfer: boolean }
  | {
      readonly type: 'voted';
      readonly epoch: Epoch;
      readonly granted: boolean;
      readonly promised: Epoch;
      readonly diskId: string;
      /** The cluster time it believes in, if its log ends where the candidate's does. */
      readonly time?: number | undefined;
      /** The index of that entry. */
      readonly since?: number | undefined;
      /** Its wall clock. */
      readonly wall?: number | undefined;
    }
  /** The primary of `epoch` hands over: the receiver, whose log also ends at `end`, campaigns at once. */
  | { readonly type: 'transfer'; readonly epoch: Epoch; readonly end: LogEnd };

/** The hash of the state after entry `index`, and the version of that state (PROTOCOL §11.8). */
export interface StateHash {
  readonly index: number;
  readonly version: number;
  readonly hash: number;
}

/** `by` tries the migration to `version`: a process that does is silent until it has ended (PROTOCOL §11.3). */
export interface Trial {
  readonly by: NodeId;
  readonly version: number;
}

export type LogMessage =
  /** New entries; by its epoch also the announcement of a new primary (COORDINATOR). */
  | {
      readonly type: 'append';
      readonly epoch: Epoch;
      readonly previousIndex: number;
      readonly previousHash: number;
      readonly entries: readonly Entry[];
      readonly commit: number;
    }
  /** "My disk has your log up to `match`." An acknowledgement is of one life (`incarnation`) of one disk. */
  | {
      readonly type: 'appended';
      readonly epoch: Epoch;
      readonly match: number;
      readonly diskId: string;
      readonly incarnation: number;
    }
  /**
   * "My log does not continue there; try from `from`." Of a later life than an acknowledgement of that place, it says
   * that the disk has lost what it had.
   */
  | {
      readonly type: 'mismatched';
      readonly epoch: Epoch;
      readonly previousIndex: number;
      readonly from: number;
      readonly diskId: string;
      readonly incarnation: number;
    }
  /** "I have promised a newer epoch." */
  | { readonly type: 'outdated'; readonly promised: Epoch }
  /**
   * - `time`: cluster time.
   * - `date`: what wall clocks of more than half of all votes have reached.
   * - `compare`: the index at which every data server is to tell the hash of its state.
   * - `diverged`: the state that the receiver should have had there, and had not (PROTOCOL §11.8).
   * - `trial`: a migration of whose end the sender has not heard.
   */
  | {
      readonly type: 'heartbeat';
      readonly epoch: Epoch;
      readonly beat: number;
      readonly commit: number;
      readonly time?: number | undefined;
      readonly date?: number | undefined;
      readonly compare?: number | undefined;
      readonly diverged?: StateHash | undefined;
      readonly trial?: Trial | undefined;
    }
  /**
   * Answers a heartbeat: `beat` was received, and nothing newer was promised by then. It promises nothing and waits for
   * no disk.
   * - `agreed`: how far the two logs are known to agree; shows the primary a secondary that lost that in a crash.
   * - `diskId`: the answering disk. A new disk under an old node id has forgotten promises, and its answer proves
   *   nothing.
   * - `wall`: its wall clock.
   */
  | {
      readonly type: 'heard';
      readonly epoch: Epoch;
      readonly beat: number;
      readonly agreed: number;
      readonly diskId: string;
      readonly incarnation: number;
      /** What the answering process lacks. */
      readonly short?: readonly Shortage[] | undefined;
      readonly wall?: number | undefined;
      /** Of a data server; absent where it has version 1 alone and can apply its log. */
      readonly code?: CodeReport | undefined;
      /** The hash of its state at the newest comparison. */
      readonly hashed?: StateHash | undefined;
      /** Its state has diverged: it needs a full copy of this index or a later one. */
      readonly diverged?: number | undefined;
    }
  /** A full copy, and the bytes of its state where they are known. A witness's has no state. */
  | {
      readonly type: 'install';
      readonly epoch: Epoch;
      readonly snapshot: Snapshot;
      readonly size?: number | undefined;
    };

type ServiceMessage =
  | { readonly type: 'locate' }
  /** `time`: cluster time, as the sender knows it. `version`: that of its state; absent for 1. */
  | {
      readonly type: 'located';
      readonly epoch: Epoch;
      readonly primary: NodeId | undefined;
      readonly time?: number | undefined;
      readonly version?: number | undefined;
    }
  /**
   * A batch of requests: of a front end, calls of another group's primary, or a secondary's questions for a read index.
   */
  | { readonly type: 'requests'; readonly epoch: Epoch; readonly lamport: number; readonly items: readonly Request[] }
  | {
      readonly type: 'replies';
      readonly epoch: Epoch;
      readonly primary: NodeId | undefined;
      readonly historyId: string;
      /** Cluster time, from a primary. */
      readonly time?: number | undefined;
      /** The version of the sender's state; absent for 1. */
      readonly version?: number | undefined;
      readonly items: readonly Reply[];
    }
  /**
   * `requests` for a primary that the sender does not reach: to a node that hears it, which forwards the writes and
   * calls with `origin`, the sender (PROTOCOL §10.6).
   */
  | {
      readonly type: 'relay';
      readonly origin: Address | undefined;
      readonly epoch: Epoch;
      readonly lamport: number;
      readonly items: readonly Request[];
    }
  /** The `replies` to a forwarded `relay`; the node that forwarded it sends them on to `origin`. */
  | {
      readonly type: 'relayed';
      readonly origin: Address;
      readonly epoch: Epoch;
      readonly primary: NodeId | undefined;
      readonly historyId: string;
      readonly items: readonly Reply[];
    }
  /**
   * "I cache answers that are valid up to `from`: what has changed since? Keep telling me" (PROTOCOL §10.5). `id` is
   * unique per sender, and returned with the answer.
   */
  | { readonly type: 'watch'; readonly id: string; readonly from: number }
  /**
   * Entries after `from`, up to `to`, are visible and change only answers under `keys`; undefined: any. The answer to a
   * `watch` names it (`answers`) and says that the sender was primary after it arrived; others are sent unasked.
   */
  | {
      readonly type: 'changed';
      readonly epoch: Epoch;
      readonly primary: NodeId;
      readonly historyId: string;
      readonly from: number;
      readonly to: number;
      readonly keys: readonly string[] | undefined;
      readonly answers: string | undefined;
    }
  /** The directory of a node. The first of two asks for an answer, the second is it (PROTOCOL §5.8). */
  | {
      readonly type: 'gossip';
      readonly services: readonly ServiceEntry[];
      readonly groups: readonly GroupView[];
      readonly isAnswer: boolean;
    };

/** What a data server's build has of a group's code (PROTOCOL §11). */
export interface CodeReport {
  /** It has the code of versions `oldest` to `newest`. */
  readonly oldest: number;
  readonly newest: number;
  /** Whether it lacks code that its own log needs. */
  readonly isMute: boolean;
  /** The version of its newest durable snapshot. */
  readonly kept: number;
}

/** What is about to be full: the disk, the memory, or the quota of the state of a group. */
export const SHORTAGES = ['disk', 'memory', 'state'] as const;

export type Shortage = (typeof SHORTAGES)[number];

/** One request; `id` is unique per sender, and returned in the reply. */
export type Request =
  /** A repeat under the same uuid, or in the same slot, gets the first result: one of `issuedAt` and `slot` is there. */
  | {
      readonly type: 'write';
      readonly id: string;
      readonly uuid: string;
      readonly issuedAt?: number | undefined;
      readonly slot?: Slot | undefined;
      readonly command: Json;
    }
  /** Opens a write session; the outcome is its id. */
  | { readonly type: 'open'; readonly id: string }
  /** "What has become of this write?" It is carried out by no such question. */
  | ({ readonly type: 'outcome'; readonly id: string } & WriteInSession)
  | {
      readonly type: 'read';
      readonly id: string;
      readonly query: Json;
      /**
       * `linearizable`: reflects every write acknowledged before it was sent. `session`: everything up to the token.
       */
      readonly mode: 'linearizable' | 'session';
      readonly token: Token | undefined;
      /** Where the query lists: only the rows from there on, as many as fit into a page (PROTOCOL §6.5). */
      readonly page?: PageRequest | undefined;
    }
  /** "Which index must I have applied to serve this read?" from a secondary (PROTOCOL §6.2). */
  | { readonly type: 'index'; readonly id: string }
  | {
      readonly type: 'call';
      readonly id: string;
      readonly from: GroupName;
      readonly historyId: string;
      readonly number: number;
      readonly uuid: string;
      readonly settled: number;
      readonly command: Json;
    };

/** A write that is asked for: its number in a session, of a history by digest, and its command. */
export interface WriteInSession {
  readonly history: number;
  readonly session: number;
  readonly number: number;
  readonly command: Json;
}

/** The rows of a list from the place `from` on, at the index `at` of the page before; undefined: of the first page. */
export interface PageRequest {
  readonly from: number;
  readonly at: number | undefined;
  /** Only if one page has the whole list; otherwise `busy`. */
  readonly isWhole?: boolean | undefined;
}

/** "I have seen this group up to here": what read-my-writes needs. */
export interface Token {
  readonly historyId: string;
  readonly index: number;
}

export type Reply =
  /** The outcome, decided by the entry at `index`; for a read, answered by the state at `index`. */
  | {
      readonly type: 'done';
      readonly id: string;
      readonly outcome: Outcome;
      readonly index: number;
      readonly lamport: number;
      /** Other groups on which the outcome depends, and up to which index. */
      readonly rests: readonly { readonly group: GroupName; readonly index: number }[];
      /** The outcome is a page, and the next one begins at this place. */
      readonly next?: number | undefined;
    }
  | { readonly type: 'index'; readonly id: string; readonly index: number }
  | { readonly type: 'unserved'; readonly id: string; readonly reason: Unserved };

/**
 * Why a request has no outcome:
 * - `not-primary`, `busy`, `behind`: ask again, here or elsewhere;
 * - final: `malformed`, `expired`, `reused` (the uuid with another command), `early` (issued in the future),
 *   `other-history`, `ahead` (the token names an index that was never given out), `too-large` (the outcome is longer than
 *   may be sent), `full` (the group is read-only: room is short), `gone` (the version of the list is kept no
 *   longer), `ended` (the write's session is no longer there), `forgotten` (the front end has given its number up).
 *
 * Only `malformed` and `reused` say that a write has not taken effect; `ended` and `forgotten`, that it will not from now
 * on.
 */
export const UNSERVED = [
  'not-primary',
  'busy',
  'behind',
  'malformed',
  'expired',
  'reused',
  'early',
  'other-history',
  'ahead',
  'too-large',
  'full',
  'gone',
  'ended',
  'forgotten',
] as const;

export type Unserved = (typeof UNSERVED)[number];
