import { readFileSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import * as z from 'zod';
import { isService } from '../../service/is-service.ts';
import type { Service } from '../../service/service.ts';
import { UsageError } from './errors.ts';
import { errorCode } from '../../protocol/model/error-code.ts';

/** The exports of a module, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** Whether an argument is a file and not the name of a service: it has a slash in it, or the ending of a module. */
export function isModule(given: string): boolean {
  return /[\\/]|\.[mc]?[jt]s$/.test(given);
}

/**
 * Imports a user's module, TypeScript or JavaScript. Its imports of Understudy lead to this very copy, wherever the
 * file is. Rejects with a `UsageError` that says why it cannot be loaded.
 */
export async function importModule(file: string): Promise<Exports> {
  try {
    await prepare(file);
    const module: unknown = await import(pathToFileURL(resolve(file)).href);
    return typeof module === 'object' && module !== null ? { ...module } : {};
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${reasonOf(error)}`);
  }
}

/**
 * The service that a module exports, alone or in a workload. Of several, the one called `name`, else the default
 * export. No service, or several without a choice, is a `UsageError`.
 */
export function serviceIn(exports: Exports, file: string, name?: string): Service {
  const all = new Set(Object.values(exports).flatMap((value) => servicesOf(value)));
  const named = [...all].filter((service) => service.name === name);
  const found = named.length === 0 ? all : new Set(named);
  const [first, ...others] = found;
  if (first === undefined) {
    const apps = Object.entries(exports).flatMap(([key, value]) => (isApp(value) ? [key] : []));
    const hint =
      apps.length === 0 ? '' : `: make one of its apps, defineService({ name: …, apps: [${apps.join(', ')}] })`;
    throw new UsageError(`${file} exports no service${hint}`);
  }
  const meant = servicesOf(exports['default']).find((service) => found.has(service));
  if (others.length > 0 && meant === undefined) {
    const names = [...found].map((service) => service.name).join(', ');
    throw new UsageError(`${file} exports several services (${names}): make one of them the default export`);
  }
  return checked(meant ?? first, file);
}

/** The service that a value is, or contains. */
export function servicesOf(value: unknown): readonly Service[] {
  if (isService(value)) return [value];
  // A workload contains its service.
  return isObject(value) && 'kinds' in value && 'service' in value && isService(value.service) ? [value.service] : [];
}

function isApp(value: unknown): boolean {
  return isObject(value) && 'initial' in value && 'apply' in value && 'decodeQuery' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The name becomes part of ids and of folder names. */
function checked(service: Service, file: string): Service {
  if (/^[a-z][a-z0-9-]{0,39}$/.test(service.name)) return service;
  throw new UsageError(
    `${file}: a service is named in at most 40 lower-case letters, digits and dashes, not “${service.name}”`,
  );
}

let isPrepared = false;

/** Enables this thread to load TypeScript, where it cannot, and to resolve Understudy from anywhere. */
async function prepare(file: string): Promise<void> {
  const isBuilt = import.meta.url.endsWith('.js');
  // Not every Node.js loads TypeScript by itself. An installed package runs without a loader, and so does a thread on
  // Node 20.
  if ((isBuilt || !isMainThread) && /\.[mc]?ts$/.test(file)) {
    const tsx = await import('tsx/esm/api');
    tsx.register();
  }
  if (isPrepared) return;
  isPrepared = true;
  const root = new URL('../../../', import.meta.url);
  const description = packageFile.parse(JSON.parse(readFileSync(new URL('package.json', root), 'utf8')));
  const own = Object.entries(description.exports).map(([name, target]): [string, string] => {
    const path = isBuilt ? target.default : target.default.replace('./dist/', './src/').replace(/\.js$/, '.ts');
    return [`understudy${name.slice(1)}`, new URL(path, root).href];
  });
  const urls: Readonly<Record<string, string>> = Object.fromEntries(own);
  register(new URL('bin/own-imports.mjs', root), { data: { own: urls, ours: import.meta.url } });
}

const packageFile = z.object({ exports: z.record(z.string(), z.object({ default: z.string() })) });

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isMissing = errorCode(error) === 'ERR_MODULE_NOT_FOUND';
  return isMissing ? error.message.replace(/ imported from .*$/s, '') : error.message;
}
