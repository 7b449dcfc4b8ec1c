/**
 * The clock of a machine beside the time of a run. A machine's clock is set and slewed while a run lasts, so one is not
 * worked out from the other: both are noted again and again.
 */
export interface WallClock {
  /** `time`: microseconds of the run; `wall`: Unix time in milliseconds at that moment. */
  note(time: number, wall: number): void;
  /** The latest noted time before the clock first showed `wall` or more: none at which it showed `wall` is earlier. */
  timeOf(wall: number): number;
}

export function createWallClock(): WallClock {
  const noted: { readonly time: number; readonly wall: number }[] = [];
  return {
    note: (time, wall) => void noted.push({ time, wall }),
    timeOf(wall) {
      const [first] = noted;
      const after = noted.findIndex((one) => one.wall >= wall);
      const before = after < 0 ? noted.at(-1) : noted[after - 1];
      // Before the first note the two are taken to go alike.
      return before?.time ?? (first === undefined ? 0 : first.time - (first.wall - wall) * 1_000);
    },
  };
}
