/** A map from simulated time to heights on the drawing, and back. */
export interface TimeMap {
  /** Pixels below the top. Times before the first instant map to the top, times after the last to the bottom. */
  readonly yOf: (at: number) => number;
  /** The inverse of `yOf` between the first instant and the last, in microseconds. */
  readonly atOf: (y: number) => number;
  readonly height: number;
  /** Idle stretches that are compressed. */
  readonly breaks: readonly TimeBreak[];
}

/** A compressed stretch between two instants without events, `from` and `to` in microseconds. */
interface TimeBreak {
  readonly from: number;
  readonly to: number;
}

export interface TimeScale {
  /** Pixels for a millisecond where nothing is stretched or compressed. */
  readonly perMillisecond: number;
  /** The least distance of two instants, in pixels. */
  readonly least: number;
  /** The greatest. */
  readonly most: number;
}

/**
 * Time, stretched where much happens and compressed where nothing does: piecewise linear and strictly increasing
 * between the instants.
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
