import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { planOfSeed } from '../sim/swarm.ts';
import { seedNumber, wholeNumber } from './numbers.ts';
import { keepFailure } from './sim-failure.ts';
import { asJson, print, showNotes } from './sim-output.ts';
import { type FuzzSummary, sweep } from './sim-sweep.ts';

/** Adds `sim fuzz`: the plans of many seeds. */
export function registerFuzz(sim: Command): void {
  sim
    .command('fuzz')
    .description('run the plans of many seeds')
    .requiredOption('--seeds <count>', 'how many', wholeNumber(1, 1_000_000_000))
    .option('--from <seed>', 'the first', seedNumber, 1)
    .option('--jobs <count>', 'threads', wholeNumber(1, 256), Math.min(8, availableParallelism()))
    .option('--json', 'one JSON object a line: each seed, then the summary')
    .action(async (flags: FuzzFlags) => {
      const startedAt = performance.now();
      const range = { from: flags.from, count: flags.seeds, jobs: flags.jobs, quiet: flags.json === true };
      const summary = await sweep(range, async ({ notes: _, violation, ...report }) => {
        if (flags.json === true) print(asJson(report, violation));
        if (violation === undefined) return;
        const capsule = { plan: planOfSeed(report.seed), planted: [], digest: report.digest, violation };
        await keepFailure(`seed ${report.seed}`, `seed-${report.seed}`, capsule, flags.json === true);
      });
      if (flags.json === true) print(JSON.stringify(summary));
      else print(showFuzz(summary, performance.now() - startedAt));
    });
}

interface FuzzFlags {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly json?: boolean;
}

function showFuzz(
  { seeds, from, violations, digest, events, simulatedMillis, notes }: FuzzSummary,
  millis: number,
): string {
  const seconds = millis / 1_000;
  const pace = `${Math.round(events / seconds)} events a second, ${Math.round(simulatedMillis / millis)} times real time`;
  return [
    `seeds ${from} to ${from + seeds - 1}: ${violations === 0 ? 'no rule was broken' : `${violations} violations`}`,
    `${events} events, ${Math.round(simulatedMillis / 1_000)} s simulated in ${seconds.toFixed(1)} s; ${pace}`,
    `seen: ${showNotes(notes)}`,
    `digest ${digest}`,
  ].join('\n');
}
