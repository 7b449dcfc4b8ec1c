import type { GroupName } from '../../protocol/model/app.ts';
import { type Configuration, configurationOf } from '../../protocol/model/configuration.ts';
import type { Snapshot } from '../../protocol/model/machine.ts';
import { hashValue } from '../../protocol/model/value-hash.ts';
import type { Evidence, Judge } from './judge.ts';
import { unstrayed } from './strayed.ts';

/**
 * A snapshot is exactly the committed entries up to its base: the base is one of them, the machine is what they make,
 * the configuration the last they name. The log is cut no further than the snapshot covers, and continues where it ends
 * (PROTOCOL §9.1, §9.3; Raft §7).
 */
export function snapshots(evidence: Pick<Evidence, 'diskOf' | 'diskIdOf' | 'record' | 'firstConfiguration'>): Judge {
  const seen = new Map<string, Snapshot>();
  return {
    name: 'snapshots',
    source: 'PROTOCOL §9.1',
    wrote(node, group) {
      const disk = evidence.diskOf(node, group);
      const snapshot = disk?.snapshot;
      if (disk === undefined || (snapshot === undefined && disk.base === 0)) return undefined;
      const where = `the disk of ${node}, ${group},`;
      if (snapshot === undefined || disk.base > snapshot.base.index) {
        return `${where} is cut through ${disk.base}, and its snapshot covers ${snapshot?.base.index ?? 0}`;
      }
      const { base } = snapshot;
      const next = disk.entries.find(({ index }) => index === base.index + 1);
      if (next !== undefined && next.previousHash !== base.hash)
        return `${where} goes on behind another entry ${base.index}`;
      const key = `${evidence.diskIdOf(node)} ${group}`;
      const before = seen.get(key);
      if (before === snapshot) return undefined;
      seen.set(key, snapshot);
      if (before !== undefined && before.base.index > base.index) {
        return `${where} had a snapshot at ${before.base.index}, and now has one at ${base.index}`;
      }
      const wrong = differsIn(evidence, group, snapshot);
      return wrong === undefined ? undefined : `${where} has a snapshot at ${base.index} with ${wrong}`;
    },
  };
}

function differsIn(
  { record, firstConfiguration }: Pick<Evidence, 'record' | 'firstConfiguration'>,
  group: GroupName,
  { base, configuration, machine }: Snapshot,
): string | undefined {
  const of = record.group(group);
  if (of.entryAt(base.index)?.hash !== base.hash) return 'an entry that was not committed';
  const own = of.machineAt(base.index);
  if (machine !== undefined && own !== undefined && hashValue(unstrayed(machine)) !== hashValue(own))
    return 'another machine';
  let inForce: Configuration = firstConfiguration(group);
  for (let index = base.index; index > 0; index -= 1) {
    const body = of.entryAt(index)?.body;
    if (body?.type !== 'configuration') continue;
    inForce = body.configuration;
    break;
  }
  const sorted = configurationOf(inForce.voters, inForce.learners);
  return hashValue(sorted) === hashValue(configuration) ? undefined : 'another configuration';
}
