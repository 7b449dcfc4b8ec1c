/** A histogram of durations in seconds, as Prometheus reads it. */
export interface Durations {
  /** Upper bounds of the buckets, ascending. One more bucket takes longer durations. */
  readonly bounds: readonly number[];
  /** Count of each bucket, the last one included; not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
  add(seconds: number): void;
}

/** Bounds in seconds, from a write to a fast disk to a front end's request timeout. */
const BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** An empty histogram. `add` costs a few comparisons: most durations fall into one of the first buckets. */
export function createDurations(bounds: readonly number[] = BOUNDS): Durations {
  const counts: number[] = Array.from({ length: bounds.length + 1 }, () => 0);
  let sum = 0;
  let count = 0;
  return {
    bounds,
    counts,
    get sum() {
      return sum;
    },
    get count() {
      return count;
    },
    add(seconds) {
      let place = 0;
      while (place < bounds.length && seconds > (bounds[place] ?? 0)) place += 1;
      counts[place] = (counts[place] ?? 0) + 1;
      sum += seconds;
      count += 1;
    },
  };
}

/** Labels of one figure, by name. */
export type Labels = Readonly<Record<string, string>>;

/** Counts by labels. */
export interface Counts {
  /** Adds one to the count of these label values, in the order of the names. */
  add(...values: readonly string[]): void;
  /** All counts, in the order in which they were first counted. */
  all(): readonly (readonly [Labels, number])[];
}

export function createCounts(names: readonly string[]): Counts {
  const numbers = new Map<string, { readonly labels: Labels; number: number }>();
  return {
    add(...values) {
      const key = values.join('\n');
      const found = numbers.get(key);
      if (found === undefined) {
        const labels = Object.fromEntries(names.map((name, place) => [name, values[place] ?? '']));
        numbers.set(key, { labels, number: 1 });
      } else found.number += 1;
    },
    all: () => [...numbers.values()].map(({ labels, number }) => [labels, number]),
  };
}
