import type { Command } from 'commander';
import type { PlantedBug } from '../protocol/planted.ts';
import { huntMutant, isPlantedBug, MUTANTS } from '../sim/mutants.ts';
import { wholeNumber } from './numbers.ts';
import { print, showMutant } from './sim-output.ts';

/** Adds `sim mutants`: which judge finds each planted bug. */
export function registerMutants(sim: Command): void {
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

interface MutantFlags {
  readonly only?: readonly string[];
  readonly seeds: number;
  readonly json?: boolean;
}

function mutantsNamed(ids: readonly string[] | undefined, command: Command): readonly PlantedBug[] {
  if (ids === undefined) return MUTANTS;
  return ids
    .flatMap((text) => text.split(','))
    .map((id) => (isPlantedBug(id) ? id : command.error(`error: no planted bug is called ${id}`)));
}
