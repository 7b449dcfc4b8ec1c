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
  /** A client's command. `issuedAt` is Unix time in milliseconds; the request expires with the dedupe window. */
  | { readonly type: 'write'; readonly uuid: string; readonly issuedAt: number; readonly command: Json }
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
