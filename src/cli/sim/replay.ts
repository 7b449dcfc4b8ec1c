import type { Command } from 'commander';
import { runPlan } from '../../sim/verdict/run.ts';
import { knownWorkloads } from '../shared/services.ts';
import { plantedBugs, readKnown } from './files.ts';
import { firstDifference, goldenTrace } from './golden.ts';
import { print, say, showViolation } from './output.ts';
import { showResult } from './run.ts';

/** Adds `sim replay`, which runs a kept failure again, or any plan with its trace beside it. */
export function registerReplay(sim: Command): void {
  sim
    .command('replay')
    .description('run a failure again and compare it with the trace kept beside it')
    .argument('<path>', 'a folder of capsules/, or a plan')
    .option('--plant <id...>', 'with these bugs, and not those the failure was kept with')
    .option('--trace', 'print what happens, without heartbeats, gossip and the search for primaries')
    .option('--heartbeats', 'with --trace: print those, too')
    .option('--json', 'as one JSON object on a line')
    .action(async (path: string, flags: ReplayFlags) => {
      const known = await readKnown(path);
      const planted = flags.plant === undefined ? known.planted : plantedBugs(flags.plant);
      const name = known.plan.name ?? path;
      const json = flags.json === true;
      const result = runPlan(known.plan, { planted: new Set(planted), trace: true, workloads: knownWorkloads() });
      showResult(name, known.plan, flags.trace === true ? result : { ...result, trace: undefined }, flags);
      if (result.violation !== undefined) {
        process.exitCode = 1;
        if (!json) print(showViolation(name, result.violation));
      }
      if (known.golden === undefined) return say('no trace was kept beside it: nothing to compare with', json);
      const difference = firstDifference(known.golden, goldenTrace(result));
      if (difference !== undefined) process.exitCode = 1;
      say(difference ?? 'the same as before, event by event', json);
    });
}

interface ReplayFlags {
  readonly plant?: readonly string[];
  readonly trace?: boolean;
  readonly heartbeats?: boolean;
  readonly json?: boolean;
}
