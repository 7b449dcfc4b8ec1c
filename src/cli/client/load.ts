import { showProgress } from '../shared/progress-bar.ts';

export interface LoadOptions {
  /** The counted items, for the bar: `purchases`. */
  readonly what: string;
  readonly times: number;
  /** Calls under way at the same time. */
  readonly clients: number;
  /** No bar on standard error. */
  readonly quiet: boolean;
}

export interface Load<Result> {
  /** In the order in which they were begun. */
  readonly results: readonly Result[];
  /** Durations, in the same order. */
  readonly millis: readonly number[];
  /** From the first start to the last end. */
  readonly tookMillis: number;
}

/** Calls `once` `times` times, by several clients, each of which waits for one call before the next. */
export async function runLoad<Result>(
  { what, times, clients, quiet }: LoadOptions,
  once: (nth: number, client: number) => Promise<Result>,
): Promise<Load<Result>> {
  const results: Result[] = [];
  const millis: number[] = [];
  const progress = showProgress({ what, total: times, quiet });
  const beganAt = performance.now();
  let next = 0;
  let done = 0;
  try {
    await Promise.all(Array.from({ length: Math.min(clients, times) }, (_, client) => work(client)));
  } finally {
    progress.stop();
  }
  return { results, millis, tookMillis: performance.now() - beganAt };

  async function work(client: number): Promise<void> {
    for (;;) {
      const nth = next;
      if (nth >= times) return;
      next += 1;
      const askedAt = performance.now();
      results[nth] = await once(nth, client);
      millis[nth] = performance.now() - askedAt;
      done += 1;
      progress.update(done);
    }
  }
}
