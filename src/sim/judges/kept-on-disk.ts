import type { Evidence, Judge } from './judge.ts';
import type { GroupRecord } from './record.ts';

interface Kept extends Pick<Evidence, 'diskOf'> {
  readonly record: { group(name: string): Pick<GroupRecord, 'machineAt'> };
}

/**
 * A data server says that builds need no code before a version only if the snapshot on its disk is of that version or of
 * a later one: an operator may leave the code out on its word.
 */
export function keptOnDisk(evidence: Kept): Judge {
  return {
    name: 'kept-on-disk',
    source: 'PROTOCOL §11.6',
    sent({ from, message }) {
      if (message.type !== 'heard' || message.code === undefined) return undefined;
      const { node, unit } = from;
      const { kept } = message.code;
      const onDisk =
        evidence.diskOf(node, unit)?.snapshot?.machine?.version ?? evidence.record.group(unit).machineAt(0)?.version;
      if (onDisk === undefined || kept <= onDisk) return undefined;
      return `${unit} at ${node} says that its snapshot is of version ${kept}, and the one on its disk is of ${onDisk}`;
    },
  };
}
