import { judgeNamed } from '../../sim/judges/judge.ts';
import type { RunResult } from '../../sim/verdict/run.ts';

/** The golden trace of a run: a line for each event, the result, and the digest. */
export function goldenTrace({ trace, violation, digest, events }: RunResult): readonly string[] {
  const verdict = violation === undefined ? 'every rule held' : `${violation.judge}: ${violation.reason}`;
  return [...(trace ?? []), `verdict ${verdict}`, `digest ${digest} over ${events} events`];
}

/** The first place where a run differs from its golden trace; undefined without one. Judges may have earlier names in it. */
export function firstDifference(kept: readonly string[], now: readonly string[]): string | undefined {
  const golden = kept.map((line) =>
    line.replace(/^verdict ([a-z-]+):/, (_, name: string) => `verdict ${judgeNamed(name)}:`),
  );
  const place = Array.from({ length: Math.max(golden.length, now.length) }).findIndex(
    (_, line) => golden[line] !== now[line],
  );
  if (place < 0) return undefined;
  const [before, after] = [golden[place], now[place]].map((line) => line ?? '(the end)');
  return `line ${place + 1} of its trace differs:\n  before  ${before}\n  now     ${after}`;
}
