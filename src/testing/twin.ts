import type * as fc from 'fast-check';
import type { Call, GroupName, Outcome } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';

/**
 * A twin: a simple model of one group, with variables of its own. It gets each command once, in the order of the log,
 * and returns the expected outcome.
 */
export interface Twin<Command = Json> {
  apply(command: Command): Outcome | Call;
  /** The expected outcome of `command`, now that its call has one; required if the app has `resume`. */
  resume?(command: Command, outcome: Outcome): Outcome | Call;
  /** Queries, and the answers that the app must give now. */
  reads?(): readonly { readonly query: Json; readonly outcome: Outcome }[];
}

/** One group's part in a story: the commands of clients, and its twin, made anew for every story. */
export interface GroupStory<Command extends Json = Json> {
  readonly commands: fc.Arbitrary<Command>;
  readonly twin: () => Twin<Command>;
}

/** A logged write, as the model remembers it. */
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
  /** The outcome in the other group, and the index of its entry. */
  executed: { readonly outcome: Outcome; readonly index: number } | undefined;
  isSettled: boolean;
}

/** The state of a story's model. Changed in place by the story's commands. */
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
