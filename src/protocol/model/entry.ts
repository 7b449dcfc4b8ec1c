import type { GroupName, Outcome } from './app.ts';
import type { Configuration } from './configuration.ts';
import type { Epoch } from './epoch.ts';
import type { Json } from './json.ts';

/** What an entry of the log says. */
export type Body =
  /** The first entry of every epoch: what a new primary must commit before it can know what is committed. */
  | { readonly type: 'noop' }
  | { readonly type: 'configuration'; readonly configuration: Configuration }
  /** A client's command. `issuedAt` is Unix time in milliseconds; past the dedupe window it has expired. */
  | { readonly type: 'write'; readonly uuid: string; readonly issuedAt: number; readonly command: Json }
  /** The `number`-th call that group `from` makes to this one; every answer up to `settled` has reached it. */
  | {
      readonly type: 'call';
      readonly from: GroupName;
      readonly historyId: string;
      readonly number: number;
      readonly uuid: string;
      readonly settled: number;
      readonly command: Json;
    }
  /** The outcome of this group's `number`-th call to `group`, decided there at `index`. */
  | {
      readonly type: 'settle';
      readonly group: GroupName;
      readonly number: number;
      readonly outcome: Outcome;
      readonly index: number;
    }
  /** What a witness keeps of a write, call or settle: its place in the chain, not its content. */
  | { readonly type: 'withheld' };

/** One place in the log. `hash` covers the entry and, through `previousHash`, all before it. */
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
