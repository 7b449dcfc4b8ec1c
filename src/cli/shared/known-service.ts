import { resolve } from 'node:path';
import { serviceNamed, SERVICES } from '../../apps/index.ts';
import { otherService, type ServiceKept, type ServiceSource } from '../../live/start/service-source.ts';
import { readable } from '../../service/readable.ts';
import { UsageError, UserError } from './errors.ts';
import { importModule, isModule, serviceIn } from './service-module.ts';

/** A service, and the absolute path of its module; undefined for one of the package. */
export type KnownService = ServiceSource;

/** The service and its module in a cluster file or a node's folder. */
interface KeptWithFile extends ServiceKept {
  readonly module?: string | undefined;
}

/** Help text for a service argument. */
export const SERVICE_HELP = `${Object.keys(SERVICES).join(', ')}, or a file that exports one, such as ./seats.ts`;

/**
 * The service that a command line gives, by its name or its file; `name` chooses among several in the file, where it is
 * known. Rejects with a `UsageError`.
 */
export async function serviceGiven(given: string, name?: string): Promise<KnownService> {
  if (isModule(given)) {
    const service = serviceIn(await importModule(given), given, name);
    return { service: readable(service), module: resolve(given) };
  }
  const service = serviceNamed(given);
  if (service !== undefined) return { service, module: undefined };
  const known = Object.keys(SERVICES).join(', ');
  throw new UsageError(`there is no service ${given}; there is ${known}, or name the file of one: ./${given}.ts`);
}

/**
 * The service of a cluster or a folder: `given` if there is one, else the stored one. Rejects with a `UserError` where
 * it cannot be loaded, or is another one than that of `what`. `again`: the command that gives it.
 */
export async function serviceOf(
  kept: KeptWithFile,
  given: string | undefined,
  { what, again }: { readonly what: string; readonly again: string },
): Promise<KnownService> {
  const known = await found(kept, given, what, again);
  const problem = otherService(kept, known, what);
  if (problem !== undefined) throw new UserError(problem);
  return known;
}

async function found(
  { service, module }: KeptWithFile,
  given: string | undefined,
  what: string,
  again: string,
): Promise<KnownService> {
  if (given !== undefined) return serviceGiven(given, service);
  if (module !== undefined) {
    return serviceGiven(module, service).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${what} is of the service ${service}, and ${reason}\nIf the file has moved: ${again}`);
    });
  }
  const own = serviceNamed(service);
  if (own !== undefined) return { service: own, module: undefined };
  throw new UserError(`${what} is of a service ${service}, which is not known here. Name its file: ${again}`);
}
