import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { readYaml } from '../shared/yaml-file.ts';
import { print, say } from './output.ts';
import { showSummary } from './show-sweep.ts';
import { decodeSummary, mergeSummaries, missedGoals } from './sweep-summary.ts';

/** Adds `sim merge`, which merges the parts of a sweep. */
export function registerMerge(sim: Command): void {
  sim
    .command('merge')
    .description('put the parts of a sweep together: what sim fuzz --shard i/n --out FILE wrote')
    .argument('<file...>', 'one file for each part')
    .option('--require-goals', 'fail if something that the seeds should bring about never happened')
    .option('--out <file>', 'write the summary of the whole, as JSON')
    .option('--json', 'as one JSON object on a line')
    .action(async (files: string[], flags: MergeFlags) => {
      const parts = await Promise.all(files.map(async (file) => decodeSummary(file, (await readYaml(file)).value)));
      const whole = mergeSummaries(parts);
      const json = flags.json === true;
      if (flags.out !== undefined) await writeFile(flags.out, `${JSON.stringify(whole, undefined, 2)}\n`);
      print(json ? JSON.stringify(whole) : showSummary(whole));
      const missed = flags.requireGoals === true ? missedGoals(whole) : [];
      if (missed.length > 0) say(`never happened:\n  ${missed.join('\n  ')}`, json);
      if (whole.violations > 0 || whole.differed.length > 0 || missed.length > 0) process.exitCode = 1;
    });
}

interface MergeFlags {
  readonly requireGoals?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}
