import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { WORKLOADS } from '../../apps/simulated.ts';
import { CATALOGUE, isPlantedBug, nameInCatalogue, type PlantedBug } from '../../protocol/model/mutants.ts';
import type { Service } from '../../service/service.ts';
import type { MutantReport } from '../../sim/mutants/mutant-report.ts';
import { canBePlanted, HARMLESS, MUTANTS, NOT_BUILT, scenarioOf } from '../../sim/mutants/mutants.ts';
import { workloadOf } from '../../sim/workloads/index.ts';
import { wholeNumber } from '../shared/numbers.ts';
import { SERVICE_NAMES, serviceMeant } from '../shared/services.ts';
import { huntAll } from './mutant-hunts.ts';
import { falseAlarmsOf, showMutants } from './mutant-table.ts';
import { print } from './output.ts';

/** Adds `sim mutants`: which judge finds each planted bug, and after how many seeds. */
export function registerMutants(sim: Command): void {
  sim
    .command('mutants')
    .description('plant one known bug after the other, and see which judge finds it')
    .option('--only <id...>', 'some of them, such as votes-for-rank-alone,M06')
    .option('--service <name>', `on which service: ${SERVICE_NAMES} (default: the one that suits each)`)
    .option('--seeds <count>', 'how many seeds to try from each starting point', wholeNumber(1, 1_000_000), 500)
    .option('--starts <count>', 'how many starting points', wholeNumber(1, 1_000), 20)
    .option('--jobs <count>', 'threads', wholeNumber(1, 256), Math.min(8, availableParallelism()))
    .option('--json', 'one JSON object a line: each bug, then the summary')
    .action(async (flags: MutantFlags, command: Command) => {
      const { seeds, starts, jobs, json = false } = flags;
      const on = flags.service === undefined ? undefined : serviceMeant(flags.service);
      const service = on?.name;
      const { ids, notBuilt } = chosen(flags.only, on, command);
      const reports: MutantReport[] = [];
      await huntAll({ ids, seeds, starts, service, jobs, quiet: json }, (report) => {
        reports.push(report);
        if (json) print(JSON.stringify(report));
      });
      if (json) print(JSON.stringify(summaryOf(reports, notBuilt)));
      else print(showMutants(reports, notBuilt));
      const isFine = reports.every(({ fate }) => fate === 'killed' || fate === 'left alone');
      if (!isFine || falseAlarmsOf(reports).length > 0) process.exitCode = 1;
    });
}

interface MutantFlags {
  readonly only?: readonly string[];
  readonly service?: string;
  readonly seeds: number;
  readonly starts: number;
  readonly jobs: number;
  readonly json?: boolean;
}

interface Choice {
  readonly ids: readonly PlantedBug[];
  readonly notBuilt: readonly string[];
}

function chosen(only: readonly string[] | undefined, service: Service | undefined, command: Command): Choice {
  const workload = service === undefined ? undefined : workloadOf(service.name, WORKLOADS);
  const isPlantable = (id: PlantedBug): boolean => workload === undefined || canBePlanted(id, workload);
  if (only === undefined) {
    return { ids: [...MUTANTS, ...HARMLESS].filter(isPlantable), notBuilt: NOT_BUILT };
  }
  const given = only.flatMap((text) => text.split(','));
  const unknown = given.find((one) => nameInCatalogue(one) === undefined);
  if (unknown !== undefined) command.error(`error: no planted bug is called ${unknown}`);
  const named = given.flatMap((one) => nameInCatalogue(one) ?? []);
  const foreign = named.filter(isPlantedBug).find((id) => !isPlantable(id));
  if (foreign !== undefined)
    command.error(`error: ${service?.name ?? ''} has nothing in which ${foreign} could be planted`);
  const written = named.filter(isPlantedBug).find((id) => scenarioOf(id) !== undefined);
  if (written !== undefined)
    command.error(
      `error: ${written} is found in a scenario: sim run scenarios/${scenarioOf(written)}.yaml --plant ${written}`,
    );
  return { ids: named.filter(isPlantedBug), notBuilt: named.filter((id) => NOT_BUILT.includes(id)) };
}

function summaryOf(reports: readonly MutantReport[], notBuilt: readonly string[]): object {
  const withFate = (what: MutantReport['fate']): readonly string[] =>
    reports.filter(({ fate }) => fate === what).map(({ id }) => id);
  return {
    killed: withFate('killed'),
    survived: withFate('survived'),
    notBuilt: notBuilt.flatMap((name) => nameInCatalogue(name) ?? []).map((name) => CATALOGUE[name].alias),
    leftAlone: withFate('left alone'),
    reported: withFate('reported'),
    falseAlarms: falseAlarmsOf(reports),
  };
}
