import cliProgress from 'cli-progress';
import type { Piscina } from 'piscina';
import type { Service } from '../../service/service.ts';
import { loadedFiles } from '../shared/services.ts';
import { openPool } from '../shared/worker-pool.ts';
import { countOf, seedAt, type SeedRange } from './sweep-part.ts';
import { emptySummary, type FuzzSummary, withReport } from './sweep-summary.ts';
import runOrder, { type SeedOrder, type SeedReport } from './worker.ts';

export interface SweepOptions {
  readonly service: Service;
  readonly range: SeedRange;
  /** Threads. */
  readonly jobs: number;
  /** No bar on standard error. */
  readonly quiet: boolean;
  /** Every so many seeds, one is run twice; undefined: none. */
  readonly twiceEvery: number | undefined;
  /** Runs all seeds strictly, not only one in STRICT_EVERY. */
  readonly strict: boolean;
  /** Time after which no seed is begun, in milliseconds. */
  readonly lastsAtMost: number | undefined;
}

/**
 * One seed in eight is run strictly, with frozen states and decoded messages: what these checks find hardly depends on
 * the faults, and without them a seed takes little more than half the time. The digest is the same.
 */
const STRICT_EVERY = 8;

const CLEAR_LINE = '\r\u001b[K';

/**
 * Runs the plans of a range of seeds, and passes their reports to `each` in the order of the seeds. A bar on standard
 * error shows the progress, if that is a terminal and not `quiet`.
 */
export async function sweep(
  options: SweepOptions,
  each: (report: SeedReport) => Promise<void> | void,
): Promise<FuzzSummary> {
  const { service, range, jobs, quiet, twiceEvery, lastsAtMost = Infinity } = options;
  const count = countOf(range);
  const until = performance.now() + lastsAtMost;
  const pool = jobs > 1 ? openPool<SeedOrder, SeedReport>('sim/worker', jobs) : undefined;
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} seeds, {rate} a second, last {seed}, {violations} violations, {eta_formatted} to go',
    barsize: 20,
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
  });
  const showsBar = !quiet && process.stderr.isTTY;
  const startedAt = performance.now();
  if (showsBar) bar.start(count, 0, { violations: 0, rate: '…', seed: '…' });

  let summary = emptySummary(range, service);
  try {
    const running = new Map<number, Promise<SeedReport>>();
    let next = 0;
    for (let place = 0; place < count; place += 1) {
      // Only as many seeds are queued as keep every thread busy: a million would fill the memory.
      const ahead = Math.min(count, place + (pool === undefined ? 1 : jobs * 4));
      for (; next < ahead && performance.now() < until; next += 1) {
        const seed = seedAt(range, next);
        const twice = twiceEvery !== undefined && (seed - range.from) % twiceEvery === 0;
        const strict = options.strict || seed % STRICT_EVERY === 0;
        const order = { service: service.name, seed, twice, strict, services: loadedFiles() };
        running.set(next, pool === undefined ? runOrder(order) : run(pool, order));
      }
      const report = await running.get(place);
      if (report === undefined) break;
      running.delete(place);
      summary = withReport(summary, report);
      // What is told of a failure takes the bar's line; the bar is drawn again below it.
      if (showsBar && report.violation !== undefined) process.stderr.write(CLEAR_LINE);
      await each(report);
      if (!showsBar) continue;
      const rate = ((place + 1) / Math.max(0.001, (performance.now() - startedAt) / 1_000)).toFixed(1);
      bar.update(place + 1, { violations: summary.violations, rate, seed: report.seed });
    }
  } finally {
    if (showsBar) bar.stop();
    await pool?.destroy();
  }
  return summary;
}

function run(pool: Piscina<SeedOrder, SeedReport>, order: SeedOrder): Promise<SeedReport> {
  const report = pool.run(order);
  // Awaited later, in the order of seeds; until then a failure must not count as unhandled.
  report.catch(() => undefined);
  return report;
}
