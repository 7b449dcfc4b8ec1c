import type { Moment } from '../../protocol/model/effects.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { drawAt, type Stream, streamOf } from '../base/random.ts';
import type { Plan } from '../plan/plan.ts';

/** Unix time in milliseconds when every run begins. */
export const FIRST_WALL = 1_700_000_000_000;

/**
 * The clocks of one node. Simulated time is whole microseconds since the start of the run. The monotonic clock has a
 * drift and may stop together with the process, but never goes back; the wall clock has an offset, no drift, and may
 * jump.
 */
export interface Clock {
  /** The monotonic clock at the start: different for all nodes, since it must not be compared. */
  readonly monotonicMicros: number;
  /** The drift of the monotonic clock, per mille; negative when it is slow. */
  readonly drift: number;
  /** How long the monotonic clock has been stopped, and since when it is. */
  stoodMicros: number;
  standsSince: number | undefined;
  /** The offset of the wall clock, in milliseconds. */
  wallMillis: number;
  readonly chance: Stream;
  asked: number;
}

export function createClock(seed: number, node: NodeId, { wallSpread, drift }: Plan['clocks']): Clock {
  const stream = streamOf(seed, `clock ${node}`);
  return {
    monotonicMicros: drawAt(stream, 1, 1_000_000_000),
    drift: drawAt(stream, 3, 2 * drift + 1) - drift,
    stoodMicros: 0,
    standsSince: undefined,
    wallMillis: drawAt(stream, 2, wallSpread + 1),
    chance: streamOf(seed, `chance ${node}`),
    asked: 0,
  };
}

/** The moment of a step: both clocks, and the node's next random draw. */
export function readClocksOf(clock: Clock, now: number): Moment {
  clock.asked += 1;
  return {
    millis: millisOf(clock, now),
    wall: wallAt(clock, now),
    chance: drawAt(clock.chance, clock.asked, 0x4000_0000) / 0x4000_0000,
  };
}

/** The monotonic clock, in milliseconds. */
export function millisOf(clock: Clock, now: number): number {
  return shownAt(clock, (clock.standsSince ?? now) - clock.stoodMicros) / 1_000;
}

/** The wall clock, in Unix milliseconds. */
export function wallAt(clock: Clock, now: number): number {
  return FIRST_WALL + clock.wallMillis + Math.floor(now / 1_000);
}

/** The first microsecond at which the node's monotonic clock, unless it is stopped, shows at least `millis`. */
export function whenShown(clock: Clock, millis: number): number {
  let shown = Math.ceil(millis * 1_000);
  // A product of fractions is rounded, either way; waking a microsecond early would wake again and again.
  while (shown / 1_000 < millis) shown += 1;
  while ((shown - 1) / 1_000 >= millis) shown -= 1;
  let elapsed = Math.ceil(((shown - clock.monotonicMicros) * 1_000) / (1_000 + clock.drift));
  while (shownAt(clock, elapsed) < shown) elapsed += 1;
  while (shownAt(clock, elapsed - 1) >= shown) elapsed -= 1;
  return elapsed + clock.stoodMicros;
}

/** Stops the monotonic clock at `now`. */
export function stopClock(clock: Clock, now: number): void {
  clock.standsSince ??= now;
}

/** The monotonic clock goes on, from where it stopped. */
export function goOn(clock: Clock, now: number): void {
  clock.stoodMicros += now - (clock.standsSince ?? now);
  clock.standsSince = undefined;
}

/**
 * The most true microseconds by `now` in which the node's monotonic clock, which may have been stopped, shows no more
 * than `millis`.
 */
export function microsOf(clock: Clock, millis: number, now: number): number {
  const standing = clock.standsSince === undefined ? 0 : now - clock.standsSince;
  return Math.ceil(((millis + 1) * 1_000_000) / (1_000 + clock.drift)) + clock.stoodMicros + standing;
}

/** The greatest difference, in milliseconds, of any two wall clocks of a run; clients have the true time. */
export function clockErrorOf({ clocks, faults }: Plan): number {
  return faults.reduce(
    (sum, fault) => sum + (fault.type === 'jump-clock' ? Math.abs(fault.byMillis) : 0),
    clocks.wallSpread,
  );
}

/** The monotonic clock after so many true microseconds. */
function shownAt(clock: Clock, elapsed: number): number {
  return clock.monotonicMicros + elapsed + Math.floor((elapsed * clock.drift) / 1_000);
}
