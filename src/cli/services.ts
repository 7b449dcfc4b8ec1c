import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import type { Command } from 'commander';
import type { Service } from '../frontend/service.ts';
import type { Plan } from '../sim/plan/plan.ts';
import { planOfSeed } from '../sim/plan/swarm.ts';
import { defineWorkload } from '../sim/workloads/define.ts';
import { findWorkload, workloadNames } from '../sim/workloads/index.ts';
import type { Workload } from '../sim/workloads/workload.ts';
import { UsageError } from './user-error.ts';

/** The files this process was told to load services from, and what was in them: one command line, one set. */
const loaded: { readonly files: string[]; readonly workloads: Workload[] } = { files: [], workloads: [] };

/** Adds `--services` to a command; what is in the files is loaded before its action. */
export function takesServices(command: Command): Command {
  return command
    .option('--services <file...>', 'modules that export services of your own, or workloads for them')
    .hook('preAction', async (_, action) => {
      const { services = [] } = action.opts<{ services?: readonly string[] }>();
      await loadServices(services);
    });
}

/** Loads modules, each once; every service and every workload they export can be simulated from then on. */
export async function loadServices(files: readonly string[]): Promise<void> {
  for (const file of files.filter((name) => !loaded.files.includes(name))) {
    const found = Object.values(await importModule(file)).flatMap(workloadsIn);
    if (found.length === 0) throw new UsageError(`${file} exports no service and no workload`);
    // A workload says more than the bare service it is for.
    found.sort((a, b) => b.kinds.length - a.kinds.length);
    loaded.files.push(file);
    loaded.workloads.push(...found);
  }
}

export function loadedFiles(): readonly string[] {
  return loaded.files;
}

export function loadedWorkloads(): readonly Workload[] {
  return loaded.workloads;
}

/** What a command line needs to load the same services again. */
export function servicesFlag(): string {
  return loaded.files.length === 0 ? '' : ` --services ${loaded.files.join(' ')}`;
}

/** The service whose plans are meant: the one called `name` or, unless one is named, the first that was loaded, or `tickets`. */
export function serviceMeant(name: string | undefined): Service {
  const meant = name ?? loaded.workloads[0]?.service.name ?? 'tickets';
  const found = findWorkload(meant, loaded.workloads);
  if (found !== undefined) return found.service;
  const names = workloadNames(loaded.workloads).join(', ');
  throw new UsageError(`no service is called ${meant}; there are ${names}`);
}

/** The plan of a seed, for the service called `name`: see `serviceMeant`. */
export function planFor(seed: number, name?: string): Plan {
  return planOfSeed(seed, { service: serviceMeant(name).name }, loaded.workloads);
}

async function importModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  // Not every Node.js reads types by itself. An installed package runs without a loader, and so does a thread on Node 20.
  if ((import.meta.url.endsWith('.js') || !isMainThread) && /\.[mc]?ts$/.test(file)) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  try {
    const module: unknown = await import(pathToFileURL(resolve(file)).href);
    return typeof module === 'object' && module !== null ? { ...module } : {};
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function workloadsIn(exported: unknown): readonly Workload[] {
  if (isWorkload(exported)) return [exported];
  return isService(exported) ? [defineWorkload({ service: exported, kinds: {} })] : [];
}

function isWorkload(value: unknown): value is Workload {
  return typeof value === 'object' && value !== null && 'service' in value && 'kinds' in value && 'next' in value;
}

function isService(value: unknown): value is Service {
  return typeof value === 'object' && value !== null && 'apps' in value && 'routes' in value && 'invariants' in value;
}
