import type { Epoch } from './epoch.ts';

/** A replica's idea of the time: that of the newest entry of its own log, and its own monotonic time since. */
export interface TimeAnchor {
  /** The epoch of that entry. */
  readonly epoch: Epoch;
  /** Unix milliseconds at `at` of this node's monotonic clock. */
  readonly time: number;
  readonly at: number;
  /** Whether this process has measured the time since; otherwise it is an estimate by this node's wall clock. */
  readonly isMeasured: boolean;
}

/** A primary's clock: `time` at `at`, and from there by the monotonic clock, faster or slower by `rate`. */
export interface PrimaryClock {
  readonly time: number;
  readonly at: number;
  readonly rate: number;
}

/** What a voter says of the time when it votes: what it believes, if its newest entry is of the candidate's epoch. */
export interface TimeReport {
  readonly time?: number | undefined;
  /** The index of that entry: another voter may have measured the time since an earlier one of the epoch. */
  readonly since?: number | undefined;
  /** Its wall clock. */
  readonly wall?: number | undefined;
}

/** A wall clock of another node, and when it was told of. */
export interface HeardWall {
  readonly wall: number;
  readonly at: number;
}

/** The time by a primary's clock, at `millis` of its monotonic clock. */
export function primaryTime({ clock }: { readonly clock: PrimaryClock }, millis: number): number {
  return clock.time + (millis - clock.at) * (1 + clock.rate);
}

/** The time by an anchor, at `millis` of the node's monotonic clock. */
export function timeAt({ time, at }: Pick<TimeAnchor, 'time' | 'at'>, millis: number): number {
  return time + (millis - at);
}
