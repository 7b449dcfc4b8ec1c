import type { Moment } from '../../protocol/model/effects.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { drawAt, type Stream, streamOf } from '../base/random.ts';
import type { Plan } from '../plan/plan.ts';

/** Unix time in milliseconds when every run begins. */
export const FIRST_WALL = 1_700_000_000_000;

/**
 * The clocks of one node. Simulated time is whole microseconds since the start of the run. The monotonic clock runs a
 * little fast or slow and may stand still while the process does, but never goes back; the wall clock is off by something,
 * keeps time otherwise, and may jump.
 */
export interface Clock {
  /** What the monotonic clock showed at the start: no two nodes agree, and nobody may compare them. */
  readonly monotonicMicros: number;
  /** How much the monotonic clock gains in a thousand; negative when it loses. */
  readonly drift: number;
  /** How long the monotonic clock has stood still, and since when it does. */
  stoodMicros: number;
  standsSince: number | undefined;
  /** How far the wall clock is off, in milliseconds. */
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

/** The moment of a step: both clocks, and the node's next draw of chance. */
export function readClocksOf(clock: Clock, now: number): Moment {
  clock.asked += 1;
  return {
    millis: millisOf(clock, now),
    wall: wallAt(clock, now),
    chance: drawAt(clock.chance, clock.asked, 0x4000_0000) / 0x4000_0000,
  };
}

/** What the monotonic clock shows, in milliseconds. */
export function millisOf(clock: Clock, now: number): number {
  return shownAt(clock, (clock.standsSince ?? now) - clock.stoodMicros) / 1_000;
}

/** What the wall clock shows, in Unix milliseconds. */
export function wallAt(clock: Clock, now: number): number {
  return FIRST_WALL + clock.wallMillis + Math.floor(now / 1_000);
}

/** The first microsecond at which the node's monotonic clock, if it does not stand still, shows at least `millis`. */
export function whenShown(clock: Clock, millis: number): number {
  let shown = Math.ceil(millis * 1_000);
  // A product of fractions is rounded, either way, by a hair; waking a microsecond early would wake for ever.
  while (shown / 1_000 < millis) shown += 1;
  while ((shown - 1) / 1_000 >= millis) shown -= 1;
  let elapsed = Math.ceil(((shown - clock.monotonicMicros) * 1_000) / (1_000 + clock.drift));
  while (shownAt(clock, elapsed) < shown) elapsed += 1;
  while (shownAt(clock, elapsed - 1) >= shown) elapsed -= 1;
  return elapsed + clock.stoodMicros;
}

/** The monotonic clock stands still from `now` on. */
export function stopClock(clock: Clock, now: number): void {
  clock.standsSince ??= now;
}

/** The monotonic clock goes on, from where it stood. */
export function goOn(clock: Clock, now: number): void {
  clock.stoodMicros += now - (clock.standsSince ?? now);
  clock.standsSince = undefined;
}

/** The most true microseconds by `now` in which the node's monotonic clock, which may have stood still, shows no more than `millis`. */
export function microsOf(clock: Clock, millis: number, now: number): number {
  const standing = clock.standsSince === undefined ? 0 : now - clock.standsSince;
  return Math.ceil(((millis + 1) * 1_000_000) / (1_000 + clock.drift)) + clock.stoodMicros + standing;
}

/** By how much, in milliseconds, any two wall clocks of a run may ever differ; clients have the true time. */
export function clockErrorOf({ clocks, faults }: Plan): number {
  return faults.reduce(
    (sum, fault) => sum + (fault.type === 'jump-clock' ? Math.abs(fault.byMillis) : 0),
    clocks.wallSpread,
  );
}

/** What the monotonic clock shows when it has run for so many true microseconds. */
function shownAt(clock: Clock, elapsed: number): number {
  return clock.monotonicMicros + elapsed + Math.floor((elapsed * clock.drift) / 1_000);
}
