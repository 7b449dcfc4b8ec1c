import type { GroupName } from '../../protocol/model/app.ts';
import { canApply } from '../../protocol/model/apply.ts';
import { compareEpochs, type Epoch, NO_EPOCH, showEpoch } from '../../protocol/model/epoch.ts';
import { entryAt, placeAt } from '../../protocol/model/log.ts';
import { hasDurably, hasOrHad } from '../disk/disk.ts';
import type { Evidence, Judge } from './judge.ts';
import type { SeenReplica } from './seen.ts';

interface Memory {
  incarnation: number;
  promised: Epoch;
  onDisk: Epoch;
  /** The furthest entry that was committed and durable here at the same time. */
  kept: { readonly index: number; readonly hash: number } | undefined;
}

/**
 * What never goes back: the incarnation and the promise of a node over all its lives; the commit index, and so what is
 * applied, within one life. A disk never loses an entry that was committed there (PROTOCOL §2.4, §4.1, §9.3), unless the
 * plan takes its last record.
 */
export function monotonic(evidence: Evidence): Judge {
  const memories = new Map<string, Memory>();
  const memoryOf = (node: string, group: GroupName): Memory => {
    // Another disk begins anew: it is another voter.
    const key = `${evidence.diskIdOf(node)} ${group}`;
    const known = memories.get(key);
    if (known !== undefined) return known;
    const fresh: Memory = { incarnation: 0, promised: NO_EPOCH, onDisk: NO_EPOCH, kept: undefined };
    memories.set(key, fresh);
    return fresh;
  };
  // A mute replica applies up to the first entry that its build has no code for (PROTOCOL §11.2).
  const isStopped = (node: string, group: GroupName, { machine, log }: SeenReplica): boolean => {
    const next = machine && entryAt(log, machine.at.index + 1);
    const code = evidence.codeAt(node, group);
    if (machine?.state === undefined) return true;
    return next !== undefined && code !== undefined && !canApply(code, machine.version, next.body);
  };
  return {
    name: 'monotonic',
    source: 'PROTOCOL §2.4',
    stepped({ node, group, before, after }) {
      const memory = memoryOf(node, group);
      if (before === undefined) {
        if (after.incarnation <= memory.incarnation) return `${node} began life ${after.incarnation} a second time`;
        memory.incarnation = after.incarnation;
        // A promise that was not yet durable did not bind: no message had left that said so.
        memory.promised = memory.onDisk;
      }
      if (compareEpochs(after.promised, memory.promised) < 0) {
        return `${node} promised ${showEpoch(memory.promised)} of ${group} and now ${showEpoch(after.promised)}`;
      }
      memory.promised = after.promised;
      if (before !== undefined && after.commit < before.commit) {
        return `the commit index of ${group} at ${node} fell from ${before.commit} to ${after.commit}`;
      }
      if (after.machine !== undefined && after.machine.at.index !== after.commit && !isStopped(node, group, after)) {
        return `${node} has applied ${after.machine.at.index} of ${group}, and ${after.commit} entries are visible to it`;
      }
      if (after.commit !== before?.commit) {
        const place = placeAt(after.log, after.commit);
        const disk = evidence.diskOf(node, group);
        if (place !== undefined && disk !== undefined && hasDurably(disk, place.index, place.hash)) {
          memory.kept = { index: place.index, hash: place.hash };
        }
      }
      return undefined;
    },
    wrote(node, group) {
      const memory = memoryOf(node, group);
      const disk = evidence.diskOf(node, group);
      if (disk === undefined) return undefined;
      if (compareEpochs(disk.promised, memory.onDisk) < 0) {
        return `the disk of ${node} held ${showEpoch(memory.onDisk)} of ${group} and now ${showEpoch(disk.promised)}`;
      }
      memory.onDisk = disk.promised;
      if (memory.kept !== undefined && !hasOrHad(disk, memory.kept.index, memory.kept.hash)) {
        return `the disk of ${node} lost entry ${memory.kept.index} of ${group}, which was committed`;
      }
      return undefined;
    },
  };
}
