import { newestChain } from '../../protocol/model/snapshot-chain.ts';
import type { Evidence, Judge } from './judge.ts';

/**
 * The files of a snapshot are one chain: a start finds in them what the process was told to be durable, every file of
 * changes begins where another file ends, and the log reaches the end (PROTOCOL §9.4).
 */
export function chain(evidence: Pick<Evidence, 'diskOf'>): Judge {
  return {
    name: 'chain',
    source: 'PROTOCOL §9.4',
    wrote(node, group) {
      const disk = evidence.diskOf(node, group);
      if (disk === undefined) return undefined;
      const { bases, links } = disk.files;
      const indexes = bases.map(({ snapshot }) => snapshot.base.index);
      const where = `the disk of ${node}, ${group},`;
      const ends = new Set([...indexes, ...links.map(({ to }) => to)]);
      const loose = links.find(({ from }) => !ends.has(from));
      if (loose !== undefined) return `${where} has changes from ${loose.from} on, and nothing that ends there`;
      if (bases.length === 0 && disk.snapshot === undefined) return undefined;
      const end = newestChain(indexes, links)?.end;
      const told = Math.max(disk.published?.base.index ?? 0, disk.snapshot?.base.index ?? 0);
      if (bases.length > 0 && end !== told) {
        return `${where} should have a snapshot at ${told}, and its files make one at ${end}`;
      }
      const first = disk.entries[0]?.index;
      if (first !== undefined && bases.length > 0 && first > told + 1)
        return `${where} has a log that begins at ${first}, behind its snapshot at ${told}`;
      return undefined;
    },
  };
}
