import type { App, GroupName } from '../../protocol/model/app.ts';
import { applyEntry } from '../../protocol/model/apply.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import type { Epoch } from '../../protocol/model/epoch.ts';
import { entriesBetween } from '../../protocol/model/log.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../../protocol/model/mutants.ts';
import type { SeenReplica } from './seen.ts';

/**
 * The record of committed entries, as first committed by any replica, and the machines that the judges make of them, by
 * index: the reference for replicas and answers.
 */
export interface CommitRecord {
  group(name: GroupName): GroupRecord;
}

export interface GroupRecord {
  readonly app: App;
  /** The last index known to be committed. */
  readonly last: number;
  entryAt(index: number): Entry | undefined;
  /** The epoch of the primary that first counted `index` as committed, as far as known. */
  committedIn(index: number): Epoch | undefined;
  /** When `index` was first known to be committed, in microseconds. */
  committedAt(index: number): number | undefined;
  /** The machine after `index`; the initial one is at 0. */
  machineAt(index: number): Machine | undefined;
  /** The index at which a uuid was first committed. */
  firstWriteOf(uuid: string): number | undefined;
  /** Adds what `replica` counts as committed between the two indexes, under its promised epoch. */
  learn(replica: SeenReplica, from: number, to: number, now: number): void;
}

/**
 * `first`: each group's app and initial machine. `planted`: bugs in how entries are applied are planted here, too; the
 * record applies them with the same code, and must not know better.
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
        // A data server commits before any witness; a witness's log alone does not have the content.
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
