import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { seedNumber, wholeNumber } from '../shared/numbers.ts';
import { evaluateBazaar, type EvaluationOptions } from './bazaar.ts';
import { DOCUMENT_FILE, evaluationDocument, PLOT_FILE } from './document.ts';
import { evaluationSvg } from './plot.ts';
import { showEvaluation } from './table.ts';
import { makeFolders } from '../../storage/make-folders.ts';

interface EvaluateFlags {
  readonly out?: string;
  readonly seed: number;
  readonly clients: number;
  readonly iterations?: number;
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

type Length = Pick<EvaluationOptions, 'iterations' | 'percents' | 'warmUp' | 'calm' | 'outages'>;

const WHOLE: Length = {
  iterations: 300,
  percents: [0, 20, 40, 60, 80],
  warmUp: 100,
  calm: 3_000,
  outages: ['on', 'off'],
};

/** A trial: too short for measurements. */
const QUICK: Length = { iterations: 8, percents: [0, 80], warmUp: 2, calm: 200, outages: ['on'] };

/** Adds `understudy evaluate`. Exits 0 without a problem, else 1. */
export function registerEvaluate(program: Command): void {
  const evaluate = program.command('evaluate').description('measure a service on a cluster of its own');
  evaluate
    .command('bazaar')
    .description(
      'times by probability of a trade, with a cache and without; a primary killed and brought back; all data compared',
    )
    .option('--out <folder>', `write ${DOCUMENT_FILE} and ${PLOT_FILE} there`)
    .option('--seed <seed>', 'of what the clients choose', seedNumber, 1)
    .option('--clients <count>', 'clients at the same time', wholeNumber(1, 100), 5)
    .option(
      '--iterations <count>',
      `queries of each client with each probability (default: ${WHOLE.iterations})`,
      wholeNumber(1, 1_000_000),
    )
    .option('--quick', 'a short trial, which says nothing of speed')
    .option('--json', 'say all that was found as one JSON object on a line')
    .option('--quiet', 'do not say on standard error what is being done')
    .action(evaluateIt);
}

async function evaluateIt(flags: EvaluateFlags): Promise<void> {
  const { seed, clients, out } = flags;
  const length = flags.quick === true ? QUICK : WHOLE;
  const found = await evaluateBazaar({
    ...length,
    iterations: flags.iterations ?? length.iterations,
    seed,
    clients,
    outagePercent: 40,
    cacheSize: 8,
    deadline: 30_000,
    say: (line) => void (flags.quiet === true || process.stderr.write(`${line}\n`)),
  });
  if (out !== undefined) {
    await makeFolders(out);
    await writeFile(join(out, DOCUMENT_FILE), evaluationDocument(found, commandOf(flags, out)));
    await writeFile(join(out, PLOT_FILE), evaluationSvg(found));
  }
  process.stdout.write(`${flags.json === true ? JSON.stringify(found) : showEvaluation(found)}\n`);
  process.exitCode = found.problems.length + found.unknown.length === 0 ? 0 : 1;
}

function commandOf({ seed, clients, iterations, quick }: EvaluateFlags, out: string): string {
  return [
    `understudy evaluate bazaar --out ${out} --seed ${seed}`,
    ...(clients === 5 ? [] : [`--clients ${clients}`]),
    ...(iterations === undefined ? [] : [`--iterations ${iterations}`]),
    ...(quick === true ? ['--quick'] : []),
  ].join(' ');
}
