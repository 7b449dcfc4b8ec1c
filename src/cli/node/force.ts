import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Loss } from '../../live/recovery/force-calls.ts';
import { describeGroup, type ForcedGroup, forceFolder, readGroups } from '../../live/recovery/force.ts';
import type { Service } from '../../service/service.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import { type NodeFolder, openNodeFolder } from '../../storage/node-folder.ts';
import { StorageError } from '../../storage/storage-error.ts';
import type { Store } from '../../storage/store.ts';
import { UsageError, UserError } from '../shared/errors.ts';
import { serviceOf } from '../shared/known-service.ts';

/** Adds `understudy force`: the last resort of a cluster that has lost its majority. */
export function registerForce(program: Command): void {
  program
    .command('force')
    .description('begin another history with what one data server has, when the majority is lost (offline)')
    .requiredOption('--data <folder>', 'the folder of the data server with the newest log; its process must be stopped')
    .option('--service <file>', 'of a service of your own, where its file is now (default: where it was)')
    .option('--yes', 'do it; without this the command only says what it would do')
    .action(force);
}

interface ForceFlags {
  readonly data: string;
  readonly service?: string;
  readonly yes?: boolean;
}

async function force({ data, service: given, yes }: ForceFlags): Promise<void> {
  const folder = await openNodeFolder(resolve(data), { kind: 'server', isForced: true }).catch(explain);
  const stores = new Map<string, Store>();
  try {
    const again = `understudy force --data ${data} --service FILE`;
    const { service } = await serviceOf(folder.node, given, { what: data, again });
    for (const { name } of service.apps) stores.set(name, await folder.openStore(name).catch(explain));
    await run(folder, service, stores, yes === true);
  } finally {
    for (const store of stores.values()) await store.close();
    await folder.close();
  }
}

async function run(
  folder: NodeFolder,
  service: Service,
  stores: ReadonlyMap<string, Store>,
  isMeant: boolean,
): Promise<void> {
  const { node } = folder;
  const groups = await readGroups(node, service, stores).catch(explain);
  print(
    ...warning(
      node,
      groups.map((group) => describeGroup(node, group)),
    ),
  );
  if (!isMeant) throw new UsageError('nothing has been changed. To do it, say --yes');
  const historyId = `${node.clusterId}-${randomBytes(4).toString('hex')}`;
  const losses = await forceFolder(folder, stores, groups, historyId);
  print(
    ...losses.map(showLoss),
    `${node.nodeId} is the only member now, and its history is ${historyId}.`,
    `Start it:        understudy server --data ${folder.path}`,
    `Then all others: understudy server|frontend --join ${node.address} …, each with an empty folder`,
  );
}

function warning({ nodeId, clusterId }: NodeRecord, groups: readonly ForcedGroup[]): readonly string[] {
  const others = [...new Set(groups.flatMap((group) => group.others))].toSorted();
  return [
    `This makes ${nodeId} the only member of ${clusterId}, with what its own disk has:`,
    ...groups.map(
      ({ group, last, epoch, wall, withoutVote }) =>
        `  ${group}: up to entry ${last}, of epoch ${epoch}${wall === 0 ? '' : ` at ${new Date(wall).toISOString()}`}` +
        (withoutVote === undefined ? '' : `\n    ${showWithoutVote(nodeId, withoutVote)}`),
    ),
    'What only other disks have is lost, even if it was acknowledged. Choose the data server with the newest log.',
    `None of the others (${others.join(', ') || 'there are none'}) may ever serve again with the data it has: stop them first.`,
    'Tokens that clients hold are refused from then on (409): they must begin new sessions.',
  ];
}

function showWithoutVote(nodeId: string, { since }: NonNullable<ForcedGroup['withoutVote']>): string {
  if (since === undefined)
    return `${nodeId} has had no vote there for long: what was acknowledged since may be missing`;
  const { index, wall } = since;
  return (
    `${nodeId} gave its vote up with entry ${index}, at ${new Date(wall).toISOString()}, as at a stop in good order: all that was ` +
    'acknowledged until then is here. A backup lacks what was written after it was made, and nothing else'
  );
}

function showLoss({ from, to, calls, missing }: Loss): string {
  return `Of ${calls} calls from ${from} to ${to} ${missing} is lost.`;
}

function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function explain(error: unknown): never {
  throw error instanceof StorageError ? new UserError(error.message) : error;
}
