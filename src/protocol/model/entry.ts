import type { GroupName, Outcome } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { Epoch } from './epoch.ts';
import type { Json } from './json.ts';

/** The content of a log entry. */
export type Body =
  /** The first entry of every epoch. Once it is committed, so is everything before it. */
  | { readonly type: 'noop' }
  | { readonly type: 'configuration'; readonly configuration: Configuration }
  /** Entries behind it are applied by the code of `version`, and the state is migrated to it here (PROTOCOL §11). */
  | { readonly type: 'activate'; readonly version: number }
  /** Opens a write session, whose id is the index of this entry. `name`: of the request for it. */
  | { readonly type: 'open'; readonly name: string }
  /**
   * A client's command, carried out once by its uuid, dated `issuedAt` (Unix time in milliseconds), or by its slot: one
   * of the two is there.
   */
  | {
      readonly type: 'write';
      readonly uuid: string;
      readonly issuedAt?: number | undefined;
      readonly slot?: Slot | undefined;
      readonly command: Json;
    }
  /** Call `number` of group `from` to this one. `from` has every answer up to `settled`. */
  | {
      readonly type: 'call';
      readonly from: GroupName;
      readonly historyId: string;
      readonly number: number;
      readonly uuid: string;
      readonly settled: number;
      readonly command: Json;
    }
  /** The outcome of this group's call `number` to `group`, decided there at `index`. */
  | {
      readonly type: 'settle';
      readonly group: GroupName;
      readonly number: number;
      readonly outcome: Outcome;
      readonly index: number;
    }
  /** A write, call or settle as a witness keeps it: its hash, without its content. */
  | { readonly type: 'withheld' };

/** The place of a write in a write session (PROTOCOL §7.10). Its number has this one command for ever. */
export interface Slot {
  readonly session: number;
  /** From 1 on. */
  readonly number: number;
  /** Of every number up to this one, the front end has the outcome, or has given it up. */
  readonly done: number;
}

/** A log entry. `hash` covers the entry and, through `previousHash`, all before it. */
export interface Entry {
  readonly index: number;
  readonly epoch: Epoch;
  readonly previousHash: number;
  readonly hash: number;
  readonly lamport: number;
  readonly wall: number;
  readonly body: Body;
}

/** The entry before the first one kept: where the log starts. */
export interface LogBase {
  readonly index: number;
  readonly epoch: Epoch;
  readonly hash: number;
  readonly lamport: number;
  readonly wall: number;
}
