import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { shivizLog } from '../../sim/diagram/shiviz.ts';
import { spaceTimeSvg } from '../../sim/diagram/svg.ts';
import { historyLines } from '../../sim/judges/history-lines.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { runPlan, type RunResult } from '../../sim/verdict/run.ts';
import { workloadOf } from '../../sim/workloads/index.ts';
import { UsageError } from '../shared/errors.ts';
import { type Moment, readClocks, seedNumber, wholeNumber } from '../shared/numbers.ts';
import { knownWorkloads } from '../shared/services.ts';
import { differenceIn } from './determinism.ts';
import { keepFailureBundle, keptLines } from './failure-bundle.ts';
import { plantedBugs, readPlan } from './files.ts';
import { asJson, print, say, showRun, showViolation } from './output.ts';
import { withoutRoutine } from './routine.ts';
import { showAsked } from './show-asked.ts';

/** Adds `sim run`: the plans in files. */
export function registerRun(sim: Command): void {
  sim
    .command('run')
    .description('run the plan in a file (YAML or JSON)')
    .argument('<file...>', 'plans, such as scenarios/*.yaml, or files that export a service: its default plan')
    .option('--seed <number>', 'another seed than the plan has', seedNumber)
    .option('--plant <id...>', 'with bugs planted on purpose, such as votes-for-rank-alone,M06 (see sim mutants)')
    .option('--trace', 'print what happens, without heartbeats, gossip and the search for primaries')
    .option('--heartbeats', 'with --trace: print those, too')
    .option('--svg <file>', 'draw the messages between the nodes')
    .option('--around <ms>', 'what the drawing is laid around, or #NUMBER for an event; else the violation', readClocks)
    .option('--events <count>', 'how much it shows at most', wholeNumber(2, 100_000))
    .option('--shiviz <file>', 'write a log with vector clocks, for ShiViz')
    .option('--history <file>', 'write what clients asked and were told, a JSON object a line, for understudy check')
    .option('--check-determinism', 'run it twice more, and compare event by event')
    .option('--json', 'one JSON object a line')
    .action(async (files: string[], flags: RunFlags) => {
      if (files.length > 1 && [flags.svg, flags.shiviz, flags.history].some((out) => out !== undefined)) {
        throw new UsageError('--svg, --shiviz and --history write the run of one plan: name one file');
      }
      for (const file of files) {
        const plan = await readPlan(file);
        await runOne({ ...plan, seed: flags.seed ?? plan.seed, name: plan.name ?? file }, flags);
      }
    });
}

interface RunFlags {
  readonly seed?: number;
  readonly plant?: readonly string[];
  readonly trace?: boolean;
  readonly heartbeats?: boolean;
  readonly svg?: string;
  readonly around?: Moment;
  readonly events?: number;
  readonly shiviz?: string;
  readonly history?: string;
  readonly checkDeterminism?: boolean;
  readonly json?: boolean;
}

async function runOne(plan: Plan, flags: RunFlags): Promise<void> {
  const planted = plantedBugs(flags.plant ?? []);
  const recording = flags.svg !== undefined || flags.shiviz !== undefined;
  const result = runPlan(plan, {
    planted: new Set(planted),
    trace: flags.trace === true,
    recording,
    workloads: knownWorkloads(),
  });
  const name = plan.name ?? 'plan';
  showResult(name, plan, result, flags);
  if (result.recording !== undefined && flags.svg !== undefined)
    await writeFile(flags.svg, spaceTimeSvg(result.recording, flags));
  if (result.recording !== undefined && flags.shiviz !== undefined)
    await writeFile(flags.shiviz, shivizLog(result.recording));
  if (flags.history !== undefined) await writeFile(flags.history, historyOf(plan, result));
  if (flags.checkDeterminism === true) {
    const difference = differenceIn(plan, planted);
    if (difference !== undefined) process.exitCode = 1;
    say(`  twice   ${difference ?? 'the same, event by event'}`, flags.json === true);
  }
  if (result.violation === undefined) return;
  process.exitCode = 1;
  const bundle = await keepFailureBundle({ name: `${name} ${plan.seed}`, plan, planted });
  // Standard output has one JSON object a line and nothing else; the progress goes to standard error.
  say(`${showViolation(name, result.violation)}\n${keptLines(bundle)}`, flags.json === true);
}

function historyOf(plan: Plan, { history }: RunResult): string {
  const form = workloadOf(plan.service, knownWorkloads()).history;
  if (form === undefined)
    throw new UsageError(`no checker knows the service ${plan.service}: it has no history to write`);
  return historyLines(form, history);
}

/** Prints the result of a run: one JSON object on a line, or its trace and a summary. */
export function showResult(
  name: string,
  plan: Plan,
  result: RunResult,
  { json, heartbeats }: Pick<RunFlags, 'json' | 'heartbeats'>,
): void {
  if (json !== true) {
    const lines = result.trace ?? [];
    for (const line of heartbeats === true ? lines : withoutRoutine(lines)) print(line);
    print(showRun(name, plan.seed, result));
    print(showAsked(workloadOf(plan.service, knownWorkloads()).service, result.history));
    return;
  }
  const { history: _, recording: __, violation, ...rest } = result;
  print(asJson({ name, seed: plan.seed, ...rest }, violation));
}
