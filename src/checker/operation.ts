import type { Json } from '../protocol/model/json.ts';

/** One operation of one client: request and outcome. Times are places in the history, from 0. */
export interface Operation {
  /** Its place among the history's operations, by call, from 0. */
  readonly number: number;
  readonly process: string;
  /** The function, such as `read`; a model defines which there are. */
  readonly f: string;
  readonly input: Json;
  /** The object it is about; undefined if the history has only one. */
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

/** A history of operations; each process has one pending at a time. */
export interface History {
  /** In the order of their calls. */
  readonly operations: readonly Operation[];
  /** The number of events: calls and returns. */
  readonly events: number;
  /** The line, from 1, of the event at a place; undefined for a history that was never text. */
  readonly lineOf: ((place: number) => number) | undefined;
}
