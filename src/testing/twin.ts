import type * as fc from 'fast-check';
import type { Call, GroupName, Outcome } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';

/**
 * A dumb model of one group: variables of its own and no cleverness. It hears of each command once, in the order of the
 * log, and says what that must come to.
 */
export interface Twin<Command = Json> {
  apply(command: Command): Outcome | Call;
  /** What comes of `command`, now that its call has an outcome; needed where the app has `resume`. */
  resume?(command: Command, outcome: Outcome): Outcome | Call;
  /** Questions, and how the app must answer them now. */
  reads?(): readonly { readonly query: Json; readonly outcome: Outcome }[];
}

/** One group's part in a story: the commands it gets from clients, and its twin, made anew for every story. */
export interface GroupStory<Command extends Json = Json> {
  readonly commands: fc.Arbitrary<Command>;
  readonly twin: () => Twin<Command>;
}

/** A write that was logged, as the model remembers it: for ever. */
export interface Written {
  readonly group: GroupName;
  readonly uuid: string;
  readonly issuedAt: number;
  readonly command: Json;
  /** Undefined while a call decides it. */
  outcome: Outcome | undefined;
}

/** A call from one group to another. */
export interface Called {
  readonly from: GroupName;
  readonly to: GroupName;
  readonly number: number;
  readonly command: Json;
  readonly origin: Written;
  /** What the other group made of it, and at which of its entries. */
  executed: { readonly outcome: Outcome; readonly index: number } | undefined;
  isSettled: boolean;
}

/** All that the model side of a story knows. Changed in place by the story's commands. */
export interface Books {
  readonly twins: ReadonlyMap<GroupName, Twin>;
  readonly writes: Written[];
  readonly calls: Called[];
  /** Unix time in milliseconds. */
  wall: number;
}

export function openBooks(twins: ReadonlyMap<GroupName, Twin>): Books {
  return { twins, writes: [], calls: [], wall: 1_700_000_000_000 };
}
