import type { Flights } from './in-window.ts';
import type { RunModel } from './run-model.ts';
import type { Tracks } from './tracks.ts';

/** A run with what is looked up in it. */
export interface Loaded {
  readonly model: RunModel;
  readonly tracks: Tracks;
  /** All messages, and those worth drawing. */
  readonly flights: Flights;
  readonly telling: Flights;
  /** The colour class of each epoch, by group. */
  readonly colours: ReadonlyMap<string, ReadonlyMap<string, string>>;
}
