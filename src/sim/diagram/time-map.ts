/** From simulated time to a place on paper, and back. */
export interface TimeMap {
  /** Pixels below the top. Times before the first instant are at the top, times after the last at the bottom. */
  readonly yOf: (at: number) => number;
  /** The inverse of `yOf` between the first instant and the last, in microseconds. */
  readonly atOf: (y: number) => number;
  readonly height: number;
  /** Idle stretches that were pressed together. */
  readonly breaks: readonly TimeBreak[];
}

/** From one instant to the next, `from` to `to` in microseconds, nothing was drawn for so long that it was pressed together. */
interface TimeBreak {
  readonly from: number;
  readonly to: number;
}

export interface TimeScale {
  /** Pixels for a millisecond where time runs at its own pace. */
  readonly perMillisecond: number;
  /** Between two instants there are at least so many pixels, however close they are… */
  readonly least: number;
  /** …and at most so many, however far apart. */
  readonly most: number;
}

/**
 * Time, stretched where much happens and pressed together where nothing does. It runs at one pace between two instants
 * and never stands still: what happened later is always further down.
 */
export function timeMap(instants: readonly number[], scale: TimeScale): TimeMap {
  const times = [...new Set(instants)].sort((a, b) => a - b);
  const heights: number[] = [];
  const breaks: TimeBreak[] = [];
  let height = 0;
  for (const [place, at] of times.entries()) {
    const before = times[place - 1];
    if (before !== undefined) {
      const natural = ((at - before) / 1_000) * scale.perMillisecond;
      height += Math.min(scale.most, Math.max(scale.least, natural));
      if (natural > scale.most * 2) breaks.push({ from: before, to: at });
    }
    heights.push(height);
  }
  return {
    yOf: (at) => along(times, heights, at),
    atOf: (y) => along(heights, times, y),
    height,
    breaks,
  };
}

/** The value at `at` of the line through the points (`from`, `to`), which both rise; level beyond both ends. */
function along(from: readonly number[], to: readonly number[], at: number): number {
  let low = 0;
  let high = from.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((from[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const [left, right] = [from[low - 1], from[low]];
  const [start, end] = [to[low - 1], to[low]];
  if (right === undefined || end === undefined) return 0;
  if (left === undefined || start === undefined || at >= right) return end;
  return start + ((at - left) / (right - left)) * (end - start);
}
