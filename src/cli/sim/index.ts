import type { Command } from 'commander';
import { takesServices } from '../shared/services.ts';
import { registerExplore } from './explore.ts';
import { registerFuzz } from './fuzz.ts';
import { registerMerge } from './merge.ts';
import { registerMutants } from './mutants.ts';
import { registerReplay } from './replay.ts';
import { registerRun } from './run.ts';
import { registerShrink } from './shrink.ts';

/**
 * Adds `understudy sim` and its commands. All exit 0 when every rule held, 1 when one was broken (or a planted bug was
 * not found), 2 for a wrong command line or a file that is no plan.
 */
export function registerSim(program: Command): void {
  const sim = program.command('sim').description('simulate whole clusters, with faults, under a seed');
  registerRun(sim);
  registerFuzz(sim);
  registerMerge(sim);
  registerReplay(sim);
  registerShrink(sim);
  registerMutants(sim);
  registerExplore(sim);
  for (const command of sim.commands) if (OF_ANY_SERVICE.includes(command.name())) takesServices(command);
}

/** The commands that simulate the service named by a plan. */
const OF_ANY_SERVICE: readonly string[] = ['run', 'fuzz', 'replay', 'shrink'];
