import type { App, GroupName } from '../../protocol/model/app.ts';
import { versionsSaid } from '../../host/note-line.ts';
import { codeRange } from '../../protocol/model/app-versions.ts';
import { applyEntry } from '../../protocol/model/apply.ts';
import { assert } from '../../protocol/model/assert.ts';
import { type Configuration, configurationOf, members, voterOf } from '../../protocol/model/configuration.ts';
import { COUNTER_AT_MOST } from '../../protocol/model/counters.ts';
import { type Epoch, type NodeId, showEpoch } from '../../protocol/model/epoch.ts';
import { chain, configurationOfLog, entryAt, lastIndex, type Log, placeAt, tail } from '../../protocol/model/log.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import { NOTHING_PLANTED } from '../../protocol/model/mutants.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { firstConfiguration } from '../../protocol/model/topology.ts';
import { lackedVersion } from '../../protocol/replica/ability.ts';
import { blankReplica, type HostedApp, machineOf } from '../../protocol/replica/replica.ts';
import { step } from '../../protocol/step.ts';
import type { Service } from '../../service/service.ts';
import type { NodeRecord } from '../../storage/node-file.ts';
import type { NodeFolder } from '../../storage/node-folder.ts';
import { StorageError } from '../../storage/storage-error.ts';
import type { Store } from '../../storage/store.ts';
import { readClocks } from '../engine/clock.ts';
import { type Loss, reconcile } from './force-calls.ts';

/** One group on a disk, before it is forced. */
export interface GroupOnDisk {
  readonly group: GroupName;
  readonly log: Log;
  readonly machine: Machine;
  readonly promised: Epoch;
}

/** The report on a group for an operator: the end of its log, and the members dropped. */
export interface ForcedGroup {
  readonly group: GroupName;
  readonly last: number;
  readonly epoch: string;
  /** Unix milliseconds of the last entry; 0 for an empty log. */
  readonly wall: number;
  /**
   * Set where this disk has no vote by its own newest configuration: it has all that was acknowledged until it lost that,
   * as at a stop in good order, and not what came later. A voter was to have every acknowledged write.
   */
  readonly withoutVote?: { readonly since: Lost | undefined };
  readonly others: readonly NodeId[];
}

/** The entry that took a vote, and its Unix milliseconds. Unknown where the log no longer has it. */
interface Lost {
  readonly index: number;
  readonly wall: number;
}

/**
 * Reads each group from a folder that is opened for a `force`. All entries of its logs are taken for committed. Throws a
 * StorageError where the service lacks the code of a version that a log needs.
 */
export async function readGroups(
  node: NodeRecord,
  service: Service,
  stores: ReadonlyMap<GroupName, Store>,
): Promise<readonly GroupOnDisk[]> {
  const groups: GroupOnDisk[] = [];
  for (const app of service.apps) {
    const store = stores.get(app.name);
    assert(store !== undefined, 'a data server has a store of each group');
    groups.push(readGroup(node, app, store));
    // A long log takes a while; meanwhile the process must be able to stop.
    await new Promise(setImmediate);
  }
  return groups;
}

export function describeGroup({ nodeId, diskId }: NodeRecord, { group, log }: GroupOnDisk): ForcedGroup {
  const configuration = configurationOfLog(log);
  const { wall, epoch } = tail(log);
  const hasVote = (known: Configuration): boolean => voterOf(known, nodeId)?.diskId === diskId;
  return {
    group,
    last: lastIndex(log),
    epoch: showEpoch(epoch),
    wall,
    ...(hasVote(configuration) ? {} : { withoutVote: { since: lostVote(log, hasVote) } }),
    others: members(configuration).flatMap((member) => (member.nodeId === nodeId ? [] : [member.nodeId])),
  };
}

/** The configuration by which a vote was lost that the newest one does not give. */
function lostVote(log: Log, hasVote: (known: Configuration) => boolean): Lost | undefined {
  const last = log.configurations.findLastIndex(({ configuration }) => hasVote(configuration));
  const taken = last === -1 ? undefined : log.configurations[last + 1];
  const entry = taken === undefined ? undefined : placeAt(log, taken.index);
  return entry === undefined ? undefined : { index: entry.index, wall: entry.wall };
}

/**
 * Begins another history with the data of this disk, and with its node as the only member (PROTOCOL §5.11).
 *
 * Not safe in itself: data on other disks only is lost, and those nodes must never serve beside this one; the new
 * history id keeps the two apart. Cut short, it leaves a folder that refuses to start until this is run again. Returns
 * the losses between the groups.
 */
export async function forceFolder(
  folder: NodeFolder,
  stores: ReadonlyMap<GroupName, Store>,
  groups: readonly GroupOnDisk[],
  historyId: string,
): Promise<readonly Loss[]> {
  const { node } = folder;
  // Another history begins at the date of this machine, whatever the old one was stamped with: no process has measured
  // any time in it, and stamps that ran ahead are left behind.
  const now = readClocks().wall;
  // First: a group of this member alone under the old history would have a second primary.
  await folder.rewrite({ ...node, historyId, state: 'forcing' });
  const { machines, losses } = reconcile(groups, historyId);
  for (const { group, log, promised } of groups) {
    const store = stores.get(group);
    const machine = machines.get(group);
    assert(store !== undefined && machine !== undefined, 'every group that was read is written');
    const epoch = { counter: firstCounter(Math.max(promised.counter, tail(log).epoch.counter)), nodeId: node.nodeId };
    const configuration = alone(node, configurationOfLog(log));
    const entry = chain(
      { ...tail(log), wall: 0 },
      epoch,
      { lamport: 0, wall: now },
      { type: 'configuration', configuration },
    );
    const { index, hash, lamport, wall } = entry;
    const base = { index, epoch, hash, lamport, wall };
    const snapshot = { base, configuration, machine: { ...machine, at: base } };
    await store.write([
      { type: 'promise', epoch },
      { type: 'install', snapshot, wall: now },
    ]);
  }
  await folder.rewrite({ ...node, historyId, state: 'ready' });
  folder.remember([]);
  return losses;
}

/** Another history may count its epochs anew, where a hostile message left the old one no next. */
function firstCounter(last: number): number {
  return last >= COUNTER_AT_MOST ? 1 : last + 1;
}

function alone({ nodeId, diskId }: NodeRecord, configuration: Configuration): Configuration {
  const rank = members(configuration).find((member) => member.nodeId === nodeId)?.rank ?? 1;
  return configurationOf([{ nodeId, diskId, kind: 'data', votes: 1, rank }]);
}

function readGroup(node: NodeRecord, app: App, { stored }: Store): GroupOnDisk {
  const { clusterId, historyId, nodeId, diskId, topology, window } = node;
  const group = app.name;
  const firstVersion = topology.versions?.[group] ?? 1;
  const settings = { ...DEFAULT_SETTINGS, ...window };
  const hosted: HostedApp = { app, firstVersion, settings, servers: {}, planted: NOTHING_PLANTED };
  const identity = { clusterId, historyId, group, nodeId, diskId, kind: 'data' } as const;
  const blank = blankReplica(hosted, identity, firstConfiguration(topology, group));
  const [replica] = step(hosted, blank, { type: 'recovered', stored }, readClocks());
  const lacks = lackedVersion(app, replica);
  if (lacks !== undefined) {
    throw new StorageError(
      `${group}: the log of ${nodeId} needs the code of version ${lacks}, and this service has that of ` +
        `${versionsSaid(codeRange(app))}: name a file that has it with --service`,
    );
  }
  let machine = machineOf(replica);
  for (let index = machine.at.index + 1; index <= lastIndex(replica.log); index += 1) {
    const entry = entryAt(replica.log, index);
    assert(entry !== undefined, 'a log has no gap behind what its snapshot stands for');
    machine = applyEntry(app, machine, entry).machine;
  }
  return { group, log: replica.log, machine, promised: replica.promised };
}
