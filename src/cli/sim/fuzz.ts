import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Service } from '../../service/service.ts';
import { showSize } from '../../sim/plan/plan-size.ts';
import { UsageError } from '../shared/errors.ts';
import { seedNumber, wholeNumber } from '../shared/numbers.ts';
import { DEFAULT_SERVICE, planFor, SERVICE_NAMES, serviceAsked, serviceMeant } from '../shared/services.ts';
import { type FailureBundle, keepFailureBundle, keepShrunk, keptLines, replayLine } from './failure-bundle.ts';
import { asJson, print, say, showViolation } from './output.ts';
import { showSummary } from './show-sweep.ts';
import { shrinkWithBar } from './shrink-bar.ts';
import { seedOfCommit, type SeedRange, type Shard, shardNamed, WHOLE } from './sweep-part.ts';
import { missedGoals } from './sweep-summary.ts';
import { sweep } from './sweep.ts';
import type { SeedReport } from './worker.ts';

/** Greatest number of failures kept in folders; further ones are reported by their seeds. */
const KEPT_AT_MOST = 50;

/** Shrinker runs for one failure. */
const SHRINK_RUNS = 300;

const SEEDS_AT_MOST = 1_000_000_000;

/** Adds `sim fuzz`: the plans of many seeds. */
export function registerFuzz(sim: Command): void {
  sim
    .command('fuzz')
    .description('run the plans of many seeds')
    .option('--seeds <count>', 'how many', wholeNumber(1, SEEDS_AT_MOST))
    .option('--for <minutes>', 'stop after this long', wholeNumber(1, 10_080))
    .option('--from <seed>', 'the first (default: 1)', seedNumber)
    .option('--commit <hash>', 'begin at the seeds that belong to this commit')
    .option('--shard <i/n>', 'run one part of n; sim merge puts the parts together', shardNamed)
    .option(
      '--service <name>',
      `whose plans: ${SERVICE_NAMES} or a file that exports one (default: the first of --services, or ${DEFAULT_SERVICE})`,
    )
    .option('--jobs <count>', 'threads', wholeNumber(1, 256), Math.min(8, availableParallelism()))
    .option('--check-determinism [every]', 'run every so many seeds twice (50 unless said)', wholeNumber(1, 1_000_000))
    .option('--strict', 'freeze every state and decode every message in all runs, and not only in one of eight')
    .option('--require-goals', 'fail if something that the seeds should bring about never happened')
    .option('--shrink <count>', 'how many failures to make smaller', wholeNumber(0, 1_000), 3)
    .option('--no-shrink', 'make none smaller')
    .option('--out <file>', 'write the summary, as JSON')
    .option('--json', 'one JSON object a line: each seed, then the summary')
    .action(fuzz);
}

interface FuzzFlags {
  readonly seeds?: number;
  readonly for?: number;
  readonly from?: number;
  readonly commit?: string;
  readonly shard?: Shard;
  readonly service?: string;
  readonly jobs: number;
  readonly checkDeterminism?: number | true;
  readonly strict?: boolean;
  readonly requireGoals?: boolean;
  readonly shrink: number | false;
  readonly out?: string;
  readonly json?: boolean;
}

async function fuzz(flags: FuzzFlags): Promise<void> {
  const json = flags.json === true;
  const startedAt = performance.now();
  const range = rangeOf(flags);
  if (flags.commit !== undefined) say(`commit ${flags.commit}: seeds from ${range.from}`, json);
  const bundles: FailureBundle[] = [];
  const service = serviceMeant(flags.service === undefined ? undefined : await serviceAsked(flags.service));
  const options = {
    service,
    range,
    jobs: flags.jobs,
    quiet: json,
    twiceEvery: flags.checkDeterminism === true ? 50 : flags.checkDeterminism,
    strict: flags.strict === true,
    lastsAtMost: flags.for === undefined ? undefined : flags.for * 60_000,
  };
  const summary = await sweep(options, async (report) => {
    if (json) print(reportLine(report));
    if (report.differs !== undefined && report.differs !== 'nowhere') {
      say(`seed ${report.seed} did not do the same twice: ${report.differs}`, json);
    }
    if (report.violation === undefined) return;
    if (bundles.length < KEPT_AT_MOST) bundles.push(await keep(service, report, json));
    else
      say(
        `${showViolation(`seed ${report.seed}`, report.violation)}\n  (not kept: there are ${KEPT_AT_MOST} already)`,
        json,
      );
  });
  for (const bundle of bundles.slice(0, flags.shrink === false ? 0 : flags.shrink)) await shrink(bundle, json);

  if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(summary, undefined, 2)}\n`);
  if (json) print(JSON.stringify(summary));
  else print(showSummary(summary, performance.now() - startedAt));
  const missed = missedGoals(summary);
  if (flags.requireGoals === true && missed.length > 0) say(`never happened:\n  ${missed.join('\n  ')}`, json);
  const isFine = summary.violations === 0 && summary.differed.length === 0;
  if (!isFine || (flags.requireGoals === true && missed.length > 0)) process.exitCode = 1;
}

function rangeOf({ seeds, from, commit, shard = WHOLE, for: minutes }: FuzzFlags): SeedRange {
  if (seeds === undefined && minutes === undefined)
    throw new UsageError('say how many --seeds, or --for how many minutes');
  if (from !== undefined && commit !== undefined) throw new UsageError('--from and --commit both name the first seed');
  const first = commit === undefined ? (from ?? 1) : seedOfCommit(commit);
  return { from: first, seeds: seeds ?? SEEDS_AT_MOST, shard };
}

function reportLine(report: SeedReport): string {
  const { seed, verdict, digest, events, simulatedMillis, liveness, violation } = report;
  return asJson({ seed, verdict, digest, events, simulatedMillis, liveness }, violation);
}

async function keep(service: Service, { seed, violation }: SeedReport, json: boolean): Promise<FailureBundle> {
  const name = service === serviceMeant(undefined) ? `seed ${seed}` : `${service.name} seed ${seed}`;
  const bundle = await keepFailureBundle({ name, plan: planFor(seed, service.name), planted: [] });
  const told = violation === undefined ? '' : showViolation(name, violation);
  say(`${told}\n${keptLines(bundle)}`, json);
  return bundle;
}

async function shrink(bundle: FailureBundle, json: boolean): Promise<void> {
  const { name, plan, planted } = bundle.failure;
  const shrunk = shrinkWithBar(plan, planted, SHRINK_RUNS, json);
  if (shrunk.type === 'holds') return;
  const file = await keepShrunk(bundle, shrunk);
  say(`${name}: from ${shrunk.before.total} to ${showSize(shrunk.after)}\n  ${replayLine(file)}`, json);
}
