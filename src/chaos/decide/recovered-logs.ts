import type { App, GroupName } from '../../protocol/model/app.ts';
import { codeOf } from '../../protocol/model/app-versions.ts';
import { assert } from '../../protocol/model/assert.ts';
import { applyEntry } from '../../protocol/model/apply.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import { showEpoch } from '../../protocol/model/epoch.ts';
import { appendEntries, genesis, type Log } from '../../protocol/model/log.ts';
import { initialMachine, type Machine, type Snapshot } from '../../protocol/model/machine.ts';
import { DEFAULT_SETTINGS } from '../../protocol/model/settings.ts';
import { firstConfiguration, type Topology } from '../../protocol/model/topology.ts';
import type { Service } from '../../service/service.ts';
import { type CommitRecord, createRecord } from '../../sim/judges/record.ts';

/** The disk of one server for one group, after its process ended. */
export interface FoundLog {
  readonly node: string;
  readonly group: GroupName;
  readonly snapshot: Snapshot | undefined;
  /** Oldest first; they may begin before the end of the snapshot. */
  readonly entries: readonly Entry[];
}

/** What the disks have of a group: all it ever committed, or the part after the oldest remaining snapshot. */
interface RecoveredGroup {
  readonly group: GroupName;
  readonly last: number;
  /** The first entry left; 1 where all are. */
  readonly first: number;
  /** The machine after `index`; undefined where no disk has it. */
  machineAt(index: number): Machine | undefined;
  /** Epochs in which entries were written, oldest first: the primaries of the group. */
  readonly primaries: readonly string[];
  /** Number of configuration changes written. */
  readonly changes: number;
}

export interface RecoveredLogs {
  readonly groups: readonly RecoveredGroup[];
  /** The record for the simulator's judges; undefined where entries were dropped behind a snapshot. */
  readonly record: CommitRecord | undefined;
}

/** Rounding of the clocks that stamp entries and operations, in milliseconds. */
const ROUNDING = 2;

/** The deduplication window of a cluster by default. */
const WINDOW = { dedupeFor: DEFAULT_SETTINGS.dedupeFor, dedupeMargin: DEFAULT_SETTINGS.dedupeMargin };

/**
 * Recovers what a quiescent cluster has committed from the disks of its servers: the log that reaches furthest back and
 * furthest ahead. The commit time of an entry is unknown; the time of its creation stands for it, a lower bound that
 * misleads no judge. `timeOf`: the least time of operations, in microseconds, at which the clock of the machine showed so
 * many milliseconds of Unix time.
 */
export function recoverLogs(
  service: Service,
  topology: Topology,
  logs: readonly FoundLog[],
  timeOf: (wall: number) => number,
): RecoveredLogs {
  const fullest = service.apps.map((app) => longestLog(logs, app.name));
  const groups = service.apps.map((app, place) => recoverGroup(app, topology, fullest[place]));
  if (groups.some(({ first, last }) => first > 1 || last === 0)) return { groups, record: undefined };
  const record = createRecord(
    service.apps.map((app) => ({
      app,
      first: firstMachine(topology, app),
    })),
  );
  for (const [place, { group, last }] of groups.entries()) {
    const entries = fullest[place]?.entries ?? [];
    const log = appendEntries(genesisOf(topology, group), entries);
    for (const { index, epoch, wall } of entries) {
      const seen = { incarnation: 1, promised: epoch, log, commit: last, machine: undefined, leading: undefined };
      record.group(group).learn(seen, index, index, timeOf(wall - ROUNDING));
    }
  }
  return { groups, record };
}

/** The first entry of a group in which two disks differ; undefined where one is at most behind the other. */
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
  const begin = first === 1 ? firstMachine(topology, app) : snapshot?.machine;
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

function longestLog(logs: readonly FoundLog[], group: GroupName): FoundLog | undefined {
  const firstOf = ({ entries, snapshot }: FoundLog): number => entries[0]?.index ?? (snapshot?.base.index ?? 0) + 1;
  const lastOf = ({ entries, snapshot }: FoundLog): number => entries.at(-1)?.index ?? snapshot?.base.index ?? 0;
  return logs.filter((log) => log.group === group).sort((a, b) => lastOf(b) - lastOf(a) || firstOf(a) - firstOf(b))[0];
}

/** The machine that a group begins with, in the version in which it was founded. */
function firstMachine(topology: Topology, app: App): Machine {
  const version = topology.versions?.[app.name] ?? 1;
  const code = codeOf(app, version);
  assert(code !== undefined, 'the proof has the code of every version');
  return initialMachine(genesisOf(topology, app.name).base, code.initial, WINDOW, version);
}

function genesisOf(topology: Topology, group: GroupName): Log {
  return genesis(topology.clusterId, group, firstConfiguration(topology, group), WINDOW, topology.versions?.[group]);
}
