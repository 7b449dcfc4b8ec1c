/** A duration in microseconds, in a readable unit: `40 µs`, `3.1 ms`, `1.25 s`. */
export function showDuration(micros: number): string {
  if (micros < 1_000) return `${micros} µs`;
  if (micros < 1_000_000) return `${String(Math.round(micros / 100) / 10)} ms`;
  return `${String(Math.round(micros / 10_000) / 100)} s`;
}

/** Microseconds as seconds: `2.4256 s`. The trace writes seconds, too, so that one can be searched in the other. */
export function showSeconds(micros: number, places = 4): string {
  const whole = Math.floor(micros);
  const fraction = String(whole % 1_000_000).padStart(6, '0');
  return `${Math.floor(whole / 1_000_000)}.${fraction.slice(0, places)} s`;
}
