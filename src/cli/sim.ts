import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { PlantedBug } from '../protocol/planted.ts';
import { huntMutant, isPlantedBug, MUTANTS } from '../sim/mutants.ts';
import type { Plan } from '../sim/plan.ts';
import { runPlan, type RunResult } from '../sim/run.ts';
import { planOfSeed } from '../sim/swarm.ts';
import { wholeNumber } from './numbers.ts';
import { fuzz, type FuzzSummary } from './sim-fuzz.ts';
import { type Capsule, keep, readCapsule, readPlan } from './sim-files.ts';
import { asJson, showMutant, showNotes, showRun, showViolation } from './sim-output.ts';

const seedNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/**
 * Adds `understudy sim`: run, fuzz, replay, mutants. All exit 0 when every rule held, 1 when one was broken (or a planted
 * bug was not found), 2 when the command was wrong or a file is no plan.
 */
export function registerSim(program: Command): void {
  const sim = program.command('sim').description('simulate whole clusters, with faults, under a seed');

  sim
    .command('run')
    .description('run the plan in a file (YAML or JSON)')
    .argument('<file...>', 'plans, such as scenarios/*.yaml')
    .option('--seed <number>', 'another seed than the plan has', seedNumber)
    .option('--trace', 'print every event')
    .option('--json', 'one JSON object a line')
    .action(async (files: string[], flags: RunFlags, command: Command) => {
      for (const file of files) {
        const plan = await readPlan(command, file);
        await runOne({ ...plan, seed: flags.seed ?? plan.seed, name: plan.name ?? file }, [], flags);
      }
    });

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
      const summary = await fuzz(range, async ({ notes: _, violation, ...report }) => {
        if (flags.json === true) print(asJson(report, violation));
        if (violation === undefined) return;
        const capsule = { plan: planOfSeed(report.seed), planted: [], digest: report.digest, violation };
        await fail(`seed ${report.seed}`, `seed-${report.seed}`, capsule, flags.json === true);
      });
      if (flags.json === true) print(JSON.stringify(summary));
      else print(showFuzz(summary, performance.now() - startedAt));
    });

  sim
    .command('replay')
    .description('run a failure again and compare its digest')
    .argument('<file>', 'a file from capsules/')
    .option('--trace', 'print every event')
    .option('--json', 'as one JSON object on a line')
    .action(async (file: string, flags: RunFlags, command: Command) => {
      const { plan, planted, digest } = await readCapsule(command, file);
      const result = await runOne(plan, planted, { ...flags, replayed: true });
      const same = result.digest === digest;
      if (flags.json !== true) print(same ? 'the digest is the same as before' : `the digest was ${digest} before`);
      if (!same) process.exitCode = 1;
    });

  sim
    .command('mutants')
    .description('plant one known bug after the other and see who finds it')
    .option('--only <id...>', `some of ${MUTANTS.join(', ')}`)
    .option('--seeds <count>', 'how many seeds to try', wholeNumber(1, 1_000_000), 500)
    .option('--json', 'one JSON object a line')
    .action((flags: MutantFlags, command: Command) => {
      for (const id of mutantsNamed(flags.only, command)) {
        const report = huntMutant(id, flags.seeds);
        print(flags.json === true ? JSON.stringify(report) : showMutant(report));
        if (!report.killed || report.falseAlarm !== undefined) process.exitCode = 1;
      }
    });
}

interface RunFlags {
  readonly seed?: number;
  readonly trace?: boolean;
  readonly json?: boolean;
  /** What fails has been kept before. */
  readonly replayed?: boolean;
}

interface FuzzFlags {
  readonly seeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly json?: boolean;
}

interface MutantFlags {
  readonly only?: readonly string[];
  readonly seeds: number;
  readonly json?: boolean;
}

async function runOne(plan: Plan, planted: readonly PlantedBug[], flags: RunFlags): Promise<RunResult> {
  const result = runPlan(plan, { planted: new Set(planted), trace: flags.trace === true });
  const name = plan.name ?? 'plan';
  if (flags.json === true) {
    const { history: _, violation, ...rest } = result;
    print(asJson({ name, seed: plan.seed, ...rest }, violation));
  } else {
    for (const line of result.trace ?? []) print(line);
    print(showRun(name, plan.seed, result));
  }
  if (result.violation === undefined) return result;
  process.exitCode = 1;
  const capsule = { plan, planted, digest: result.digest, violation: result.violation };
  if (flags.replayed !== true) await fail(name, `${name}-${plan.seed}`, capsule, flags.json === true);
  else if (flags.json !== true) print(showViolation(name, result.violation));
  return result;
}

async function fail(
  name: string,
  stem: string,
  { plan, planted, digest, violation }: Capsule,
  json: boolean,
): Promise<void> {
  process.exitCode = 1;
  const file = await keep(stem, { plan, planted, digest, violation });
  if (violation === undefined) return;
  // Standard output has one JSON object a line and nothing else; whoever reads along still wants to know.
  const text = `${showViolation(name, violation)}\n  plan    ${file}\n  replay  npx understudy sim replay ${file} --trace`;
  if (json) console.error(text);
  else print(text);
}

function mutantsNamed(ids: readonly string[] | undefined, command: Command): readonly PlantedBug[] {
  if (ids === undefined) return MUTANTS;
  return ids
    .flatMap((text) => text.split(','))
    .map((id) => (isPlantedBug(id) ? id : command.error(`error: no planted bug is called ${id}`)));
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

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
