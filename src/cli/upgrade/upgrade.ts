import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { serviceNamed } from '../../apps/index.ts';
import type { App } from '../../protocol/model/app.ts';
import { printableLines } from '../../protocol/model/printable.ts';
import type { Service } from '../../service/service.ts';
import { ownerOf } from '../../storage/folder-lock.ts';
import { readNodeFile } from '../../storage/node-file.ts';
import { readStore } from '../../storage/read-store.ts';
import { UsageError } from '../shared/errors.ts';
import { SERVICE_HELP } from '../shared/known-service.ts';
import { importModule, isModule, serviceIn } from '../shared/service-module.ts';
import { checkGroup, type GroupChecked } from './check-group.ts';
import { showGroup } from './show.ts';

interface Flags {
  readonly service: string;
  readonly with?: string;
  readonly json?: boolean;
}

/**
 * Adds `understudy upgrade check`: replays the log of a data folder by the code that runs and by a new one, and changes
 * nothing. Exits 0 where the new file may be started, also where a raised version parts from the one before; 1 where a
 * version that was not raised does, a migration fails, or code is missing; 2 where nothing could be compared.
 */
export function registerUpgrade(program: Command): void {
  program
    .command('upgrade')
    .description('before a new version of a service is started')
    .command('check')
    .description('replay a data folder by the old code and by the new one; changes nothing')
    .argument('<data>', 'the data folder of a stopped node, or a copy of one')
    .requiredOption('--service <file>', `the new version: ${SERVICE_HELP}`)
    .option('--with <file>', 'the version that runs now; without it, the `previous` of the new one')
    .option('--json', 'one JSON object')
    .action(async (folder: string, flags: Flags) => {
      const checked = await checkFolder(resolve(folder), flags);
      const isBad = checked.groups.some(({ problems }) => problems.length > 0);
      const isCompared = checked.groups.some(({ raised, same }) => raised !== undefined || same !== undefined);
      const lines = flags.json === true ? [JSON.stringify(checked)] : checked.groups.flatMap(showGroup);
      process.stdout.write(`${printableLines(lines.join('\n'))}\n`);
      if (isBad) process.exitCode = 1;
      else if (!isCompared)
        throw new UsageError('nothing was compared: raise a version, or name the old file by --with');
    });
}

/** Each group of a folder, checked. */
export interface FolderChecked {
  readonly node: string;
  readonly service: string;
  readonly groups: readonly GroupChecked[];
}

/** Checks a folder that no process has open. Rejects with a `UsageError` or a `StorageError`. */
export async function checkFolder(folder: string, { service, with: now }: Omit<Flags, 'json'>): Promise<FolderChecked> {
  const node = await readNodeFile(folder);
  if (node === undefined) throw new UsageError(`${folder} holds no node: name the data folder of a data server`);
  if (node.kind !== 'server') throw new UsageError(`${folder} is of the front end ${node.nodeId}, which has no log`);
  const owner = await ownerOf(folder);
  if (owner !== undefined) {
    throw new UsageError(`${folder} is in use by process ${owner}: stop it first, or name a copy of the folder`);
  }
  const next = await loaded(service, node.service);
  const old = now === undefined ? undefined : await loaded(now, node.service);
  const groups: GroupChecked[] = [];
  for (const group of node.topology.groups) {
    const codes = { next: appOf(next, group, service), now: old && appOf(old, group, now ?? '') };
    groups.push(checkGroup(group, node, await readStore(join(folder, group)), codes));
  }
  return { node: node.nodeId, service: node.service, groups };
}

/** A service as its file has it, or one of the package; that of the folder where there are several. */
async function loaded(given: string, name: string): Promise<Service> {
  const service = isModule(given) ? serviceIn(await importModule(given), given, name) : serviceNamed(given);
  if (service === undefined) throw new UsageError(`there is no service ${given}; name the file of one: ./${given}.ts`);
  if (service.name === name) return service;
  throw new UsageError(`${given} is the service ${service.name}, and the folder is of ${name}`);
}

function appOf({ apps }: Service, group: string, file: string): App {
  const app = apps.find(({ name }) => name === group);
  if (app === undefined) throw new UsageError(`${file} has no group ${group}, which the folder has`);
  return app;
}
