import type { App, GroupName } from '../../protocol/model/app.ts';
import { applyEntry } from '../../protocol/model/apply.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { showEpoch } from '../../protocol/model/epoch.ts';
import { appendEntries, genesis, type Log } from '../../protocol/model/log.ts';
import { initialMachine, type Machine, type Snapshot } from '../../protocol/model/machine.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { firstConfiguration, type Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import { type CommitRecord, createRecord } from '../../sim/judges/record.ts';

/** What the disk of one server held of one group when its process was gone. */
export interface FoundLog {
  readonly node: string;
  readonly group: GroupName;
  readonly snapshot: Snapshot | undefined;
  /** Oldest first; perhaps from before the end of the snapshot on. */
  readonly entries: readonly Entry[];
}

/** What disks tell of a group: all it ever committed, or what came after the oldest snapshot that is left. */
interface RecoveredGroup {
  readonly group: GroupName;
  readonly last: number;
  /** The first entry that is still there; 1 where all of them are. */
  readonly first: number;
  /** The machine after `index`; undefined where no disk tells. */
  machineAt(index: number): Machine | undefined;
  /** Epochs in which something was written, oldest first: the reigns of the group. */
  readonly primaries: readonly string[];
  /** Changes of the configuration that were written. */
  readonly changes: number;
}

export interface RecoveredLogs {
  readonly groups: readonly RecoveredGroup[];
  /** For the judges of the simulator; undefined where entries have been dropped behind a snapshot. */
  readonly record: CommitRecord | undefined;
}

/** How far the clocks that stamp entries and operations may differ, in milliseconds: they are rounded. */
const ROUNDING = 2;

/** How long requests count, in a cluster that nobody has told otherwise. */
const WINDOW = { dedupeFor: DEFAULT_SETTINGS.dedupeFor, dedupeMargin: DEFAULT_SETTINGS.dedupeMargin };

/**
 * What a cluster at rest has committed, told by the disks of its servers: the log that reaches furthest back and furthest
 * ahead. An entry was committed after it was made, so the time it was made stands for that: a lower bound, by which no
 * judge is misled. `startedAt` is the Unix time in milliseconds from which operations count their time.
 */
export function recoverLogs(
  service: Service,
  topology: Topology,
  logs: readonly FoundLog[],
  startedAt: number,
): RecoveredLogs {
  const fullest = service.apps.map((app) => fullestOf(logs, app.name));
  const groups = service.apps.map((app, place) => recoverGroup(app, topology, fullest[place]));
  if (groups.some(({ first, last }) => first > 1 || last === 0)) return { groups, record: undefined };
  const record = createRecord(
    service.apps.map((app) => ({
      app,
      first: initialMachine(genesisOf(topology, app.name).base, app.initial, WINDOW),
    })),
  );
  for (const [place, { group, last }] of groups.entries()) {
    const entries = fullest[place]?.entries ?? [];
    const log = appendEntries(genesisOf(topology, group), entries);
    for (const { index, epoch, wall } of entries) {
      const seen = { incarnation: 1, promised: epoch, log, commit: last, machine: undefined, leading: undefined };
      record.group(group).learn(seen, index, index, (wall - ROUNDING - startedAt) * 1_000);
    }
  }
  return { groups, record };
}

/** The first place at which two disks disagree about a group; undefined where one is at most behind the other. */
export function disagreement(logs: readonly FoundLog[]): string | undefined {
  const hashes = new Map<string, { readonly node: string; readonly hash: number }>();
  for (const { node, group, entries } of logs) {
    for (const { index, hash } of entries) {
      const known = hashes.get(`${group} ${index}`);
      if (known === undefined) hashes.set(`${group} ${index}`, { node, hash });
      else if (known.hash !== hash) return `${node} and ${known.node} have different entries ${index} of ${group}`;
    }
  }
  return undefined;
}

function recoverGroup(app: App, topology: Topology, found: FoundLog | undefined): RecoveredGroup {
  const { entries = [], snapshot } = found ?? {};
  const first = entries[0]?.index ?? (snapshot?.base.index ?? 0) + 1;
  const { base } = genesisOf(topology, app.name);
  const begin = first === 1 ? initialMachine(base, app.initial, WINDOW) : snapshot?.machine;
  const machines = new Map<number, Machine>();
  if (begin !== undefined) {
    machines.set(begin.at.index, begin);
    let machine = begin;
    for (const entry of entries) {
      if (entry.index <= begin.at.index) continue;
      machine = applyEntry(app, machine, entry).machine;
      machines.set(entry.index, machine);
    }
  }
  return {
    group: app.name,
    first,
    last: entries.at(-1)?.index ?? snapshot?.base.index ?? 0,
    machineAt: (index) => machines.get(index),
    primaries: [...new Set(entries.map(({ epoch }) => showEpoch(epoch)))],
    changes: entries.filter(({ body }) => body.type === 'configuration').length,
  };
}

function fullestOf(logs: readonly FoundLog[], group: GroupName): FoundLog | undefined {
  const firstOf = ({ entries, snapshot }: FoundLog): number => entries[0]?.index ?? (snapshot?.base.index ?? 0) + 1;
  const lastOf = ({ entries, snapshot }: FoundLog): number => entries.at(-1)?.index ?? snapshot?.base.index ?? 0;
  return logs.filter((log) => log.group === group).sort((a, b) => lastOf(b) - lastOf(a) || firstOf(a) - firstOf(b))[0];
}

function genesisOf(topology: Topology, group: GroupName): Log {
  return genesis(topology.clusterId, group, firstConfiguration(topology, group), WINDOW);
}
