import type { Flights } from './in-window.ts';
import type { LogMark } from './log-marks.ts';
import type { RunModel } from './run-model.ts';
import type { Tracks } from './tracks.ts';

/** A run with what is looked up in it. */
export interface Loaded {
  readonly model: RunModel;
  readonly tracks: Tracks;
  /** All messages, and those worth drawing. */
  readonly flights: Flights;
  readonly telling: Flights;
  /** Ends of logs as they move on, in the order of time; and their times. */
  readonly logMarks: readonly LogMark[];
  readonly logMarkTimes: readonly number[];
  /** The colour class of each epoch, by group. */
  readonly colours: ReadonlyMap<string, ReadonlyMap<string, string>>;
}
