export interface Figures {
  readonly clients: number;
  readonly requests: number;
  /** Answers with another status than 200, and connections that ended before an answer. */
  readonly failed: number;
  readonly perSecond: number;
  readonly p10Millis: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
}

/** Figures of a run from the durations of its answered requests, in milliseconds. */
export function figuresOf(clients: number, durations: number[], failed: number, seconds: number): Figures {
  durations.sort((a, b) => a - b);
  const quantile = (share: number): number =>
    Math.round((durations[Math.floor(durations.length * share)] ?? Number.NaN) * 100) / 100;
  return {
    clients,
    requests: durations.length,
    failed,
    perSecond: Math.round(durations.length / seconds),
    p10Millis: quantile(0.1),
    p50Millis: quantile(0.5),
    p99Millis: quantile(0.99),
  };
}
