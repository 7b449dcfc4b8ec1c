import type { Command } from 'commander';
import { registerFuzz } from './sim-fuzz.ts';
import { registerMutants } from './sim-mutants.ts';
import { registerReplay } from './sim-replay.ts';
import { registerRun } from './sim-run.ts';

/**
 * Adds `understudy sim` and its commands. All exit 0 when every rule held, 1 when one was broken (or a planted bug was not
 * found), 2 when the command was wrong or a file is no plan.
 */
export function registerSim(program: Command): void {
  const sim = program.command('sim').description('simulate whole clusters, with faults, under a seed');
  registerRun(sim);
  registerFuzz(sim);
  registerReplay(sim);
  registerMutants(sim);
}
