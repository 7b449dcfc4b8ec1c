import cliProgress from 'cli-progress';
import { Piscina } from 'piscina';
import { hashText } from '../protocol/hash.ts';
import { showDigest } from '../sim/trace.ts';
import runSeed, { type SeedReport } from './sim-worker.ts';

/** What a hunt over many seeds came to. Nothing in it depends on the machine, the number of jobs or the clock. */
export interface FuzzSummary {
  readonly from: number;
  readonly seeds: number;
  readonly violations: number;
  /** Over the digests of all seeds, in order. */
  readonly digest: string;
  readonly events: number;
  readonly simulatedMillis: number;
  /** How often each kind of note was seen, over all seeds. */
  readonly notes: Readonly<Record<string, number>>;
}

/**
 * Runs the plans of `count` seeds on `jobs` threads and hands their reports to `each`, in the order of the seeds. A bar
 * on standard error shows how far it is, if that is a terminal and `quiet` is not asked for.
 */
export async function sweep(
  range: { readonly from: number; readonly count: number; readonly jobs: number; readonly quiet: boolean },
  each: (report: SeedReport) => Promise<void>,
): Promise<FuzzSummary> {
  const { from, count, jobs, quiet } = range;
  const pool = jobs > 1 ? openPool(jobs) : undefined;
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} seeds, {violations} violations, {eta_formatted} to go',
    stream: process.stderr,
    noTTYOutput: false,
    hideCursor: true,
    clearOnComplete: true,
  });
  const showsBar = !quiet && process.stderr.isTTY;
  if (showsBar) bar.start(count, 0, { violations: 0 });

  const summary = { from, seeds: count, violations: 0, events: 0, simulatedMillis: 0 };
  const notes: Record<string, number> = {};
  let digest = 0;
  try {
    const running = new Map<number, SeedReport | Promise<SeedReport>>();
    let next = 0;
    for (let place = 0; place < count; place += 1) {
      // Enough is handed out ahead to keep every thread busy, and no more: a million seeds would fill the memory.
      for (; next < Math.min(count, place + (pool === undefined ? 1 : jobs * 4)); next += 1) {
        running.set(next, pool === undefined ? runSeed(from + next) : run(pool, from + next));
      }
      const report = await running.get(place);
      if (report === undefined) break;
      running.delete(place);
      summary.violations += report.verdict === 'ok' ? 0 : 1;
      summary.events += report.events;
      summary.simulatedMillis += report.simulatedMillis;
      digest = hashText(report.digest, digest);
      for (const [note, times] of Object.entries(report.notes)) notes[note] = (notes[note] ?? 0) + times;
      await each(report);
      if (showsBar) bar.update(place + 1, { violations: summary.violations });
    }
  } finally {
    if (showsBar) bar.stop();
    await pool?.destroy();
  }
  const sorted = Object.entries(notes).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...summary, digest: showDigest(digest), notes: Object.fromEntries(sorted) };
}

function openPool(jobs: number): Piscina<number, SeedReport> {
  // From the sources the workers need the loader as well: a worker does not inherit it on Node 20.
  const fromSources = import.meta.url.endsWith('.ts');
  return new Piscina<number, SeedReport>({
    filename: new URL(fromSources ? './sim-worker.ts' : './sim-worker.js', import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    execArgv: fromSources ? ['--import', import.meta.resolve('tsx')] : [],
  });
}

function run(pool: Piscina<number, SeedReport>, seed: number): Promise<SeedReport> {
  const report = pool.run(seed);
  // Awaited later, in the order of seeds; until then a failure must not count as unhandled.
  report.catch(() => undefined);
  return report;
}
