import type { Json } from '../protocol/model/json.ts';

/** One operation of one client: what it asked and what it was told. Times are places in the history, from 0. */
export interface Operation {
  /** Its place among the history's operations, by call, from 0. */
  readonly number: number;
  readonly process: string;
  /** What was asked, such as `read`; a model says which there are. */
  readonly f: string;
  readonly input: Json;
  /** The object it is about; undefined where the history has but one. */
  readonly key: Json | undefined;
  readonly outcome: Outcome;
  readonly calledAt: number;
  /** Undefined for an unknown outcome: it may take effect at any later time. */
  readonly returnedAt: number | undefined;
}

/** A timed-out operation is unknown, never failed. */
export type Outcome =
  | { readonly type: 'ok'; readonly value: Json }
  | { readonly type: 'fail'; readonly value: Json }
  | { readonly type: 'unknown' };

/** A history of operations, each process by itself doing one after the other. */
export interface History {
  /** In the order of their calls. */
  readonly operations: readonly Operation[];
  /** How many events there were: calls and returns. */
  readonly events: number;
  /** The line, from 1, on which the event at a place stood; undefined for a history that was never text. */
  readonly lineOf: ((place: number) => number) | undefined;
}
