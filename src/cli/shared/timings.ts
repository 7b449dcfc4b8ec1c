/** Durations of requests, in milliseconds. */
export interface Timings {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly worst: number;
}

/** Each percentile is a measured time: the shortest within which so many requests ended (nearest rank). */
export function timingsOf(millis: readonly number[]): Timings {
  const sorted = [...millis].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), worst: sorted.at(-1) ?? 0 };
}

/** `p50 3.1 ms, p95 9.8 ms, p99 14.0 ms, worst 21.5 ms` */
export function showTimings({ p50, p95, p99, worst }: Timings): string {
  return `p50 ${show(p50)}, p95 ${show(p95)}, p99 ${show(p99)}, worst ${show(worst)}`;
}

/** A table with a row for each kind, in milliseconds; empty without kinds. */
export function showTimingsTable(timings: Readonly<Record<string, Timings>>): readonly string[] {
  const rows = Object.entries(timings).map(([kind, { count, ...times }]) => [
    kind,
    String(count),
    ...[times.p50, times.p95, times.p99, times.worst].map((millis) => millis.toFixed(1)),
  ]);
  if (rows.length === 0) return [];
  return [['in milliseconds', 'count', 'p50', 'p95', 'p99', 'worst'], ...rows].map(([kind = '', ...cells]) =>
    [kind.padEnd(15), ...cells.map((cell) => cell.padStart(8))].join(''),
  );
}

function show(millis: number): string {
  return `${millis.toFixed(1)} ms`;
}
