import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Service } from '../../service/service.ts';
import type { Workload } from './workload.ts';

/** The workload of the service called `name`; of several, the first. */
export function findWorkload(name: string, workloads: readonly Workload[]): Workload | undefined {
  return workloads.find(({ service }) => service.name === name);
}

/** The names of the services of `workloads`, each once. */
export function workloadNames(workloads: readonly Workload[]): readonly string[] {
  return [...new Set(workloads.map(({ service }) => service.name))];
}

/** The same for a plan that was validated with these `workloads`; a missing one is our bug, or the caller's. */
export function workloadOf(name: string, workloads: readonly Workload[]): Workload {
  const found = findWorkload(name, workloads);
  if (found === undefined) throw new RangeError(`no service is called ${name}; is its workload passed along?`);
  return found;
}

/** The service of a workload, in its buggy version where one of `planted` has one. */
export function plantedService({ service, mutants = {} }: Workload, planted: ReadonlySet<PlantedBug>): Service {
  const bug = [...planted].find((id) => mutants[id] !== undefined);
  return (bug === undefined ? undefined : mutants[bug]) ?? service;
}
