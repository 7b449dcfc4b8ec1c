import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { PlantedBug } from '../../protocol/model/mutants.ts';
import { showSize } from '../../sim/plan/plan-size.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import type { Shrunk } from '../../sim/shrink/shrink.ts';
import { UserError } from '../shared/errors.ts';
import { wholeNumber } from '../shared/numbers.ts';
import { keepRun, replayLine } from './failure-bundle.ts';
import { FAILURE_BUNDLE, plantedBugs, readKnown, traceBeside } from './files.ts';
import { asJson, print, showViolation } from './output.ts';
import { shrinkWithBar } from './shrink-bar.ts';

/** Adds `sim shrink`: the smallest plan that still fails. */
export function registerShrink(sim: Command): void {
  sim
    .command('shrink')
    .description('make a failing plan smaller as long as the same judge fails it')
    .argument('<path>', 'a plan that fails, or a folder of capsules/')
    .option('--out <file>', 'where the smaller plan goes (default: beside the plan, as *.shrunk.yaml)')
    .option('--budget <runs>', 'runs it may take', wholeNumber(1, 1_000_000), 1_000)
    .option('--plant <id...>', 'with bugs planted on purpose, such as votes-for-rank-alone,M06')
    .option('--json', 'as one JSON object on a line')
    .action(async (path: string, flags: ShrinkFlags) => {
      const known = await readKnown(path);
      const planted = flags.plant === undefined ? known.planted : plantedBugs(flags.plant);
      const name = known.plan.name ?? path;
      const shrunk = shrinkWithBar(known.plan, planted, flags.budget, flags.json === true);
      if (shrunk.type === 'holds') {
        throw new UserError(
          `${path} does not fail${planted.length === 0 ? '' : ` with ${planted.join(', ')}`}: there is nothing to shrink`,
        );
      }
      const file = flags.out ?? besides(known.file);
      await keepCounterexample(file, name, shrunk, planted);
      const again = replayLine(file, planted);
      if (flags.json === true) print(jsonOf(name, file, shrunk, again));
      else print(showShrunk(name, file, shrunk, again));
    });
}

interface ShrinkFlags {
  readonly out?: string;
  readonly budget: number;
  readonly plant?: readonly string[];
  readonly json?: boolean;
}

type Smaller = Extract<Shrunk, { type: 'shrunk' }>;

function besides(file: string): string {
  if (basename(file) === FAILURE_BUNDLE.plan) return join(dirname(file), FAILURE_BUNDLE.shrunk);
  return `${file.replace(/\.(ya?ml|json)$/, '')}.shrunk.yaml`;
}

/** Writes the plan as a scenario with its finding, and its trace beside it. */
async function keepCounterexample(
  file: string,
  name: string,
  shrunk: Smaller,
  planted: readonly PlantedBug[],
): Promise<void> {
  const plan: Plan = { ...shrunk.plan, name: `${name}, shrunk`, story: counterexampleOf(shrunk, planted) };
  const comment = [
    `${showSize(shrunk.after)}; it was ${shrunk.before.total}.`,
    `Its trace is in ${basename(traceBeside(file))}. Again:`,
    `  ${replayLine(file, planted)}`,
  ].join('\n');
  await keepRun(file, plan, planted, comment);
}

function counterexampleOf({ violation, runs, isMinimal }: Smaller, planted: readonly PlantedBug[]): string {
  const bugs = planted.length === 0 ? '' : ` With ${planted.join(', ')} planted.`;
  const end = isMinimal ? 'nothing more could be taken away' : 'it was not at its end then';
  return `${violation.reason}. So says the judge ${violation.judge}.${bugs} Made smaller in ${runs} runs; ${end}.`;
}

function showShrunk(name: string, file: string, shrunk: Smaller, again: string): string {
  return [
    showViolation(name, shrunk.violation),
    `  before  ${showSize(shrunk.before)}`,
    `  after   ${showSize(shrunk.after)}`,
    `  ${shrunk.runs} runs; ${shrunk.isMinimal ? 'nothing more can be taken away' : 'the budget is used up'}`,
    `  plan    ${file}`,
    `  replay  ${again}`,
  ].join('\n');
}

function jsonOf(name: string, file: string, shrunk: Smaller, replay: string): string {
  const { before, after, runs, isMinimal, result, violation } = shrunk;
  const { digest, events } = result;
  return asJson({ name, file, before, after, runs, isMinimal, digest, events, replay }, violation);
}
