import type { RunResult } from '../../sim/verdict/run.ts';

/** The trace of a run as it is kept: a line per event, what came of it, and its digest. */
export function goldenTrace({ trace, violation, digest, events }: RunResult): readonly string[] {
  const verdict = violation === undefined ? 'every rule held' : `${violation.judge}: ${violation.reason}`;
  return [...(trace ?? []), `verdict ${verdict}`, `digest ${digest} over ${events} events`];
}

/** Where a run went another way than the one whose trace was kept; undefined where it did not. */
export function firstDifference(golden: readonly string[], now: readonly string[]): string | undefined {
  const place = Array.from({ length: Math.max(golden.length, now.length) }).findIndex(
    (_, line) => golden[line] !== now[line],
  );
  if (place < 0) return undefined;
  const [before, after] = [golden[place], now[place]].map((line) => line ?? '(the end)');
  return `line ${place + 1} of its trace differs:\n  before  ${before}\n  now     ${after}`;
}
