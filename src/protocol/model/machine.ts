import { List, Map } from 'immutable';
import type { GroupName, Outcome } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { LogBase } from './entry.ts';
import type { Json } from './json.ts';

/**
 * What the committed log has made so far: the app's state, the results by uuid, the calls from and to other groups.
 * Every replica that has applied the same entries has the same machine, to the bit. Persistent: an old one is a kept
 * reference, so that a snapshot costs nothing to take.
 */
export interface Machine {
  /** The last entry applied. */
  readonly at: LogBase;
  readonly window: DedupeWindow;
  readonly state: unknown;
  readonly results: Map<string, Result>;
  /** The uuids in `results`, oldest first: the order in which they may be forgotten. */
  readonly order: List<string>;
  readonly outgoing: Map<GroupName, OutgoingCalls>;
  /** By channel: the calling group and its history. */
  readonly incoming: Map<string, IncomingCalls>;
}

/** How long results are kept; part of the cluster's genesis, because every replica must forget at the same entry. */
export interface DedupeWindow {
  readonly dedupeFor: number;
  readonly dedupeMargin: number;
}

/** What is remembered of a write. */
export interface Result {
  /** The entry that decided it. */
  readonly index: number;
  readonly lamport: number;
  readonly wall: number;
  /** Hash of the command: the same uuid with another command is refused. */
  readonly digest: number;
  /** Undefined while a call to another group decides it. */
  readonly outcome: Outcome | undefined;
  readonly rests: readonly { readonly group: GroupName; readonly index: number }[];
}

/** Calls of this group to another one, numbered from 1 without a gap. */
export interface OutgoingCalls {
  /** The last number given. */
  readonly last: number;
  /** Every call up to this number has its outcome. */
  readonly settled: number;
  readonly pending: Map<number, PendingCall>;
}

export interface PendingCall {
  readonly uuid: string;
  readonly command: Json;
  /** The write that made the call, to be resumed with the outcome. */
  readonly origin: string;
  readonly originCommand: Json;
}

/** Calls of another group to this one: executed strictly in order, each once. */
export interface IncomingCalls {
  /** The number of the last call executed. */
  readonly cursor: number;
  /** Outcomes the caller may still ask for. */
  readonly results: Map<number, CallResult>;
}

export interface CallResult {
  readonly outcome: Outcome;
  readonly index: number;
  readonly lamport: number;
}

/** Everything up to `base`, in place of the entries that led there. A witness's has no machine. */
export interface Snapshot {
  readonly base: LogBase;
  readonly configuration: Configuration;
  readonly machine: Machine | undefined;
}

export function initialMachine(at: LogBase, state: unknown, window: DedupeWindow): Machine {
  return {
    at,
    window,
    state,
    results: Map<string, Result>(),
    order: List<string>(),
    outgoing: Map<GroupName, OutgoingCalls>(),
    incoming: Map<string, IncomingCalls>(),
  };
}
