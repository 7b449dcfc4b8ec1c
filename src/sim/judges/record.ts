import type { App, GroupName } from '../../protocol/model/app.ts';
import { applyEntry } from '../../protocol/model/apply.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import type { Epoch } from '../../protocol/model/epoch.ts';
import { entriesBetween } from '../../protocol/model/log.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../../protocol/model/mutants.ts';
import type { SeenReplica } from './seen.ts';

/**
 * What the cluster has committed, told once and for all by whoever first committed it, and what a machine of the judges'
 * own makes of it, index by index: the truth that replicas and answers are held against.
 */
export interface CommitRecord {
  group(name: GroupName): GroupRecord;
}

export interface GroupRecord {
  readonly app: App;
  /** The last index known to be committed. */
  readonly last: number;
  entryAt(index: number): Entry | undefined;
  /** The epoch of the primary that first counted `index` as committed, as far as it is known. */
  committedIn(index: number): Epoch | undefined;
  /** When `index` was first known to be committed, in microseconds. */
  committedAt(index: number): number | undefined;
  /** The machine after `index`; that before the first entry is at 0. */
  machineAt(index: number): Machine | undefined;
  /** Where a uuid was first committed. */
  firstWriteOf(uuid: string): number | undefined;
  /** Takes in what `replica` counts as committed between the two indexes, under the epoch it has promised. */
  learn(replica: SeenReplica, from: number, to: number, now: number): void;
}

/**
 * `first` gives each group's app and its machine before the first entry. A bug planted in how entries are applied is
 * `planted` here, too: the record applies them with the very same code, and must not know better.
 */
export function createRecord(
  groups: readonly { readonly app: App; readonly first: Machine }[],
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): CommitRecord {
  const records = new Map(groups.map(({ app, first }) => [app.name, recordOf(app, first, planted)]));
  return {
    group(name) {
      const record = records.get(name);
      if (record === undefined) throw new RangeError(`there is no group ${name}`);
      return record;
    },
  };
}

function recordOf(app: App, first: Machine, planted: ReadonlySet<PlantedBug>): GroupRecord {
  const entries: Entry[] = [];
  const epochs: Epoch[] = [];
  const times: number[] = [];
  const machines: Machine[] = [first];
  const writes = new Map<string, number>();
  return {
    app,
    get last() {
      return entries.length;
    },
    entryAt: (index) => entries[index - 1],
    committedIn: (index) => epochs[index - 1],
    committedAt: (index) => times[index - 1],
    machineAt: (index) => machines[index],
    firstWriteOf: (uuid) => writes.get(uuid),
    learn(replica, from, to, now) {
      const start = Math.max(from, entries.length + 1, replica.log.base.index + 1);
      if (start !== entries.length + 1) return;
      for (const entry of entriesBetween(replica.log, start, to)) {
        const machine = machines.at(-1);
        // Nobody commits before a data server does; a witness's log alone would not tell what was committed.
        if (machine === undefined || entry.body.type === 'withheld') return;
        entries.push(entry);
        epochs.push(replica.promised);
        times.push(now);
        machines.push(applyEntry(app, machine, entry, planted).machine);
        if (entry.body.type === 'write' && !writes.has(entry.body.uuid)) writes.set(entry.body.uuid, entry.index);
      }
    },
  };
}
