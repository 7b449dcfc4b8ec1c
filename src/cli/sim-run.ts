import type { Command } from 'commander';
import type { PlantedBug } from '../protocol/planted.ts';
import type { Plan } from '../sim/plan.ts';
import { runPlan, type RunResult } from '../sim/run.ts';
import { seedNumber } from './numbers.ts';
import { keepFailure } from './sim-failure.ts';
import { readPlan } from './sim-files.ts';
import { asJson, print, showRun, showViolation } from './sim-output.ts';

/** Adds `sim run`: the plans in files. */
export function registerRun(sim: Command): void {
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
        await runAndShow({ ...plan, seed: flags.seed ?? plan.seed, name: plan.name ?? file }, [], flags);
      }
    });
}

export interface RunFlags {
  readonly seed?: number;
  readonly trace?: boolean;
  readonly json?: boolean;
  /** What fails has been kept before. */
  readonly replayed?: boolean;
}

/** Runs a plan and prints what came of it; what fails is kept. */
export async function runAndShow(plan: Plan, planted: readonly PlantedBug[], flags: RunFlags): Promise<RunResult> {
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
  if (flags.replayed !== true) await keepFailure(name, `${name}-${plan.seed}`, capsule, flags.json === true);
  else if (flags.json !== true) print(showViolation(name, result.violation));
  return result;
}
