import type { Address } from './address.ts';
import type { GroupName, Outcome } from './app.ts';
import type { GroupView, ServiceEntry } from './directory.ts';
import type { Entry } from './entry.ts';
import type { Epoch, LogEnd, NodeId } from './epoch.ts';
import type { Json } from './json.ts';
import type { Snapshot } from './machine.ts';

/** A message on its way. */
export interface Envelope {
  readonly from: Address;
  readonly to: Address;
  readonly message: Message;
}

/** Everything nodes say to each other; docs/internals/protocol.md §2 has the table of who sends what to whom, and why. */
export type Message = ElectionMessage | LogMessage | ServiceMessage;

export type ElectionMessage =
  /**
   * "The primary is silent; is anyone better?" Changes nothing at whoever receives it (Garcia-Molina 1982 §4). `transfer`: it
   * is not silent, but wants to hand over; would you vote for me?
   */
  | { readonly type: 'election'; readonly round: number; readonly end: LogEnd; readonly transfer: boolean }
  | {
      readonly type: 'answer';
      readonly round: number;
      /** `alive`: there is a primary. `behind`: my log is newer. `better`: I outrank you and stand myself. `ok`: go on. */
      readonly verdict: 'alive' | 'behind' | 'better' | 'ok';
      /** The highest epoch the answering node has promised. */
      readonly promised: Epoch;
    }
  /**
   * Asks for a vote. `transfer`: the primary wants it so (PROTOCOL §3.9), and that voters hear that primary is no reason to
   * refuse.
   */
  | { readonly type: 'campaign'; readonly epoch: Epoch; readonly end: LogEnd; readonly transfer: boolean }
  | {
      readonly type: 'voted';
      readonly epoch: Epoch;
      readonly granted: boolean;
      readonly promised: Epoch;
      readonly diskId: string;
    }
  /** The primary of `epoch` hands over: its log ends at `end`, and so does the receiver's, who is to stand at once. */
  | { readonly type: 'transfer'; readonly epoch: Epoch; readonly end: LogEnd };

export type LogMessage =
  /** New entries, and by its epoch the announcement (COORDINATOR) of whoever sends it. */
  | {
      readonly type: 'append';
      readonly epoch: Epoch;
      readonly previousIndex: number;
      readonly previousHash: number;
      readonly entries: readonly Entry[];
      readonly commit: number;
    }
  /** "My disk has your log up to `match`." */
  | { readonly type: 'appended'; readonly epoch: Epoch; readonly match: number; readonly diskId: string }
  /** "I cannot continue there; try from `from`." */
  | { readonly type: 'mismatched'; readonly epoch: Epoch; readonly previousIndex: number; readonly from: number }
  /** "I have promised a newer epoch." */
  | { readonly type: 'outdated'; readonly promised: Epoch }
  | { readonly type: 'heartbeat'; readonly epoch: Epoch; readonly beat: number; readonly commit: number }
  /**
   * Promises nothing and waits for no disk: only that `beat` was heard and nothing newer was promised by then. `agreed`
   * is how far the two logs are known to agree, so that the primary notices a secondary that forgot it in a crash. A new
   * disk under an old node id has forgotten promises and proves nothing, so `diskId` says whose word it is.
   */
  | {
      readonly type: 'heard';
      readonly epoch: Epoch;
      readonly beat: number;
      readonly agreed: number;
      readonly diskId: string;
    }
  /** A full copy. A witness gets one without state. */
  | { readonly type: 'install'; readonly epoch: Epoch; readonly snapshot: Snapshot };

type ServiceMessage =
  | { readonly type: 'locate' }
  | { readonly type: 'located'; readonly epoch: Epoch; readonly primary: NodeId | undefined }
  /** Requests of a front end, calls of another group's primary, read indexes for a secondary: in one batch. */
  | { readonly type: 'requests'; readonly epoch: Epoch; readonly lamport: number; readonly items: readonly Request[] }
  | {
      readonly type: 'replies';
      readonly epoch: Epoch;
      readonly primary: NodeId | undefined;
      readonly historyId: string;
      readonly items: readonly Reply[];
    }
  /**
   * "I keep answers of yours that hold up to `from`: what has changed since? And tell me from now on" (PROTOCOL §10.5). `id`
   * comes back with the answer and is unique for whoever asks.
   */
  | { readonly type: 'watch'; readonly id: string; readonly from: number }
  /**
   * Entries behind `from`, up to `to`, are visible and change no answer but those under `keys`; undefined: any. The answer to a
   * `watch` says to which (`answers`), and that the sender was primary after that came; others are sent unasked.
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
  /** What one node's directory knows; the first of two asks for an answer, which is one (PROTOCOL §5.8). */
  | {
      readonly type: 'gossip';
      readonly services: readonly ServiceEntry[];
      readonly groups: readonly GroupView[];
      readonly isAnswer: boolean;
    };

/** One request; `id` comes back in its reply and is unique for whoever asks. */
export type Request =
  /** `uuid` is the request's own for ever; the same one again gets the first result. */
  | {
      readonly type: 'write';
      readonly id: string;
      readonly uuid: string;
      readonly issuedAt: number;
      readonly command: Json;
    }
  | {
      readonly type: 'read';
      readonly id: string;
      readonly query: Json;
      /** `linearizable`: everything acknowledged before it was sent. `session`: everything up to the token. */
      readonly mode: 'linearizable' | 'session';
      readonly token: Token | undefined;
    }
  /** "What must I have applied to read for you?" asked by a secondary (PROTOCOL §6.2). */
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

/** "I have seen this group up to here": what read-my-writes needs to know. */
export interface Token {
  readonly historyId: string;
  readonly index: number;
}

export type Reply =
  /** The outcome, as the entry at `index` decided it; for a read, as the state at `index` answers it. */
  | {
      readonly type: 'done';
      readonly id: string;
      readonly outcome: Outcome;
      readonly index: number;
      readonly lamport: number;
      /** Other groups the outcome rests on, and up to where. */
      readonly rests: readonly { readonly group: GroupName; readonly index: number }[];
    }
  | { readonly type: 'index'; readonly id: string; readonly index: number }
  | { readonly type: 'unserved'; readonly id: string; readonly reason: Unserved };

/**
 * Why a request has no outcome. `not-primary`, `busy` and `behind`: ask again, here or elsewhere. `malformed`,
 * `expired`, `reused` (the uuid with another command), `early` (issued in the future) and `other-history` are final.
 * None of them says that a write has not taken effect, except `malformed` and `reused`.
 */
export type Unserved =
  'not-primary' | 'busy' | 'behind' | 'malformed' | 'expired' | 'reused' | 'early' | 'other-history';
