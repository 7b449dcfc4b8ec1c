import type { Command } from 'commander';
import { readCapsule } from './sim-files.ts';
import { print } from './sim-output.ts';
import { runAndShow, type RunFlags } from './sim-run.ts';

/** Adds `sim replay`: a failure that was kept, once more. */
export function registerReplay(sim: Command): void {
  sim
    .command('replay')
    .description('run a failure again and compare its digest')
    .argument('<file>', 'a file from capsules/')
    .option('--trace', 'print every event')
    .option('--json', 'as one JSON object on a line')
    .action(async (file: string, flags: RunFlags, command: Command) => {
      const { plan, planted, digest } = await readCapsule(command, file);
      const result = await runAndShow(plan, planted, { ...flags, replayed: true });
      const same = result.digest === digest;
      if (flags.json !== true) print(same ? 'the digest is the same as before' : `the digest was ${digest} before`);
      if (!same) process.exitCode = 1;
    });
}
