import type { GroupName } from '../../protocol/model/app.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import type { Machine } from '../../protocol/model/machine.ts';
import type { CommitRecord } from './record.ts';

/** A committed entry, and the machines of the record around it. */
export interface Committed {
  readonly group: GroupName;
  readonly entry: Entry;
  readonly before: Machine;
  readonly after: Machine;
}

/** Follows the record of a group: each call returns the entries committed since the last one. */
export function followRecord(record: CommitRecord): (group: GroupName) => readonly Committed[] {
  const told = new Map<GroupName, number>();
  return (group) => {
    const of = record.group(group);
    const from = (told.get(group) ?? 0) + 1;
    if (from > of.last) return NOTHING_NEW;
    told.set(group, of.last);
    const found: Committed[] = [];
    for (let index = from; index <= of.last; index += 1) {
      const entry = of.entryAt(index);
      const [before, after] = [of.machineAt(index - 1), of.machineAt(index)];
      if (entry !== undefined && before !== undefined && after !== undefined)
        found.push({ group, entry, before, after });
    }
    return found;
  };
}

const NOTHING_NEW: readonly Committed[] = [];
