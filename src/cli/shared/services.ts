import { resolve } from 'node:path';
import type { Command } from 'commander';
import { serviceNamed, SERVICES } from '../../apps/index.ts';
import { WORKLOADS } from '../../apps/simulated.ts';
import { isService } from '../../service/is-service.ts';
import type { Service } from '../../service/service.ts';
import type { UnnamedPlan } from '../../sim/plan/plain-plan.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import { planOfSeed } from '../../sim/plan/swarm.ts';
import { defaultWorkload } from '../../sim/workloads/default.ts';
import { findWorkload, workloadNames } from '../../sim/workloads/index.ts';
import type { Workload } from '../../sim/workloads/workload.ts';
import { UsageError } from './errors.ts';
import { importModule, isModule, serviceIn } from './service-module.ts';

/** The files that this process has loaded, and their workloads: one command line, one set. */
const loaded: { readonly files: string[]; readonly workloads: Workload[]; readonly fileOf: Map<Service, string> } = {
  files: [],
  workloads: [],
  fileOf: new Map(),
};

/** Adds `--services` to a command; the files are loaded before its action. */
export function takesServices(command: Command): Command {
  return command
    .option('--services <file...>', 'modules that export services of your own, or workloads for them')
    .hook('preAction', async (_, action) => {
      const { services = [] } = action.opts<{ services?: readonly string[] }>();
      await loadServices(services);
    });
}

/** Loads modules, each once. Every service and workload that they export can be simulated from then on. */
export async function loadServices(files: readonly string[]): Promise<void> {
  for (const file of files.filter((name) => !loaded.files.includes(name))) {
    const exported = Object.values(await importModule(file));
    // A workload takes precedence over its bare service.
    const found = [...exported.filter(isWorkload), ...exported.filter(isService).map(defaultWorkload)];
    if (found.length === 0) throw new UsageError(`${file} exports no service and no workload`);
    loaded.files.push(file);
    loaded.workloads.push(...found);
    for (const { service } of found) loaded.fileOf.set(service, file);
  }
}

export function loadedFiles(): readonly string[] {
  return loaded.files;
}

/** The workloads of all services that a plan may name: first the loaded ones, then those of the package. */
export function knownWorkloads(): readonly Workload[] {
  return [...loaded.workloads, ...WORKLOADS];
}

/** The absolute path of the file that a service was loaded from; undefined for one of the package. */
export function fileOf(service: Service): string | undefined {
  const file = serviceNamed(service.name) === service ? undefined : loaded.fileOf.get(service);
  return file === undefined ? undefined : resolve(file);
}

/** The options that load the same services again. */
export function servicesFlag(): string {
  return loaded.files.length === 0 ? '' : ` --services ${loaded.files.join(' ')}`;
}

/** The name of the service that a command line gives, by its name or by its file, which is loaded. */
export async function serviceAsked(given: string): Promise<string> {
  if (!isModule(given)) return given;
  await loadServices([given]);
  return serviceIn(await importModule(given), given).name;
}

/** The services of the package, for help texts. */
export const SERVICE_NAMES = Object.keys(SERVICES).join(', ');

/** The service of a plan that names none. */
export const DEFAULT_SERVICE = Object.keys(SERVICES)[0] ?? '';

/** The service called `name`; without a name, the first known one. */
export function serviceMeant(name: string | undefined): Service {
  const known = knownWorkloads();
  const meant = name ?? known[0]?.service.name ?? DEFAULT_SERVICE;
  const found = findWorkload(meant, known);
  if (found !== undefined) return found.service;
  const names = workloadNames(known).join(', ');
  throw new UsageError(`no service is called ${meant}; there are ${names}`);
}

/** The plan of a seed for the service called `name`: see `serviceMeant`. */
export function planFor(seed: number, name?: string): Plan {
  return planOfSeed(seed, { service: serviceMeant(name).name }, knownWorkloads());
}

/** The plan as a file has it: without the default service. */
export function asWritten({ service, ...plan }: Plan): UnnamedPlan {
  return service === DEFAULT_SERVICE ? plan : { ...plan, service };
}

function isWorkload(value: unknown): value is Workload {
  return typeof value === 'object' && value !== null && 'service' in value && 'kinds' in value && 'next' in value;
}
