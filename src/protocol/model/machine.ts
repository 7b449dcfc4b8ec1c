import { List, Map } from 'immutable';
import type { GroupName, Outcome } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { LogBase, Slot } from './entry.ts';
import type { Json } from './json.ts';

/**
 * The state of the committed log: the app's state, the results by uuid, the calls from and to other groups. Replicas
 * that have applied the same entries have equal machines. Persistent: a snapshot is a kept reference.
 */
export interface Machine {
  /** The last entry applied. */
  readonly at: LogBase;
  readonly window: DedupeWindow;
  /** The version of the app that the next entry is applied by (PROTOCOL §11). */
  readonly version: number;
  /** Undefined before the first full copy, in a build without the code of the version in which the group begins. */
  readonly state: unknown;
  readonly results: Map<string, Result>;
  /** The uuids in `results`, oldest first: the order in which they are forgotten. */
  readonly order: List<string>;
  /** Write sessions by id; undefined before the first is opened, as in snapshots of older releases. */
  readonly sessions?: Map<number, WriteSession> | undefined;
  readonly outgoing: Map<GroupName, OutgoingCalls>;
  /** By channel: the calling group and its history. */
  readonly incoming: Map<string, IncomingCalls>;
}

/** How long results and sessions are kept. Part of the genesis, because every replica must forget at the same entry. */
export interface DedupeWindow {
  readonly dedupeFor: number;
  readonly dedupeMargin: number;
}

/** The record of a write. */
export interface Result {
  /** The index of the entry that decided it. */
  readonly index: number;
  readonly lamport: number;
  readonly wall: number;
  /** The date of its uuid; undefined for one of an older release. */
  readonly issuedAt?: number | undefined;
  /** Hash of the command: the same uuid with another command is refused. */
  readonly digest: number;
  /** Undefined while a call to another group decides it. */
  readonly outcome: Outcome | undefined;
  readonly rests: readonly { readonly group: GroupName; readonly index: number }[];
}

/** The numbered writes of one front end (PROTOCOL §7.10). */
export interface WriteSession {
  /** The stamp of its last entry. */
  readonly wall: number;
  /** Of every number up to this one, the front end has the outcome, or has given it up. */
  readonly done: number;
  /** The results of later numbers. */
  readonly results: Map<number, Result>;
}

/** Calls of this group to another one, numbered from 1 without a gap. */
export interface OutgoingCalls {
  /** The last number assigned. */
  readonly last: number;
  /** Every call up to this number has its outcome. */
  readonly settled: number;
  readonly pending: Map<number, PendingCall>;
}

export interface PendingCall {
  readonly uuid: string;
  readonly command: Json;
  /** The write that made the call; resumed with the outcome. */
  readonly origin: string;
  /** Its slot, if it has one. */
  readonly slot?: Slot | undefined;
  readonly originCommand: Json;
}

/** Calls of another group to this one: executed in order, each once. */
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

/** The state at `base`, in place of the entries up to it. A witness's has no machine. */
export interface Snapshot {
  readonly base: LogBase;
  readonly configuration: Configuration;
  readonly machine: Machine | undefined;
}

export function initialMachine(at: LogBase, state: unknown, window: DedupeWindow, version = 1): Machine {
  return {
    at,
    window,
    version,
    state,
    results: Map<string, Result>(),
    order: List<string>(),
    outgoing: Map<GroupName, OutgoingCalls>(),
    incoming: Map<string, IncomingCalls>(),
  };
}
