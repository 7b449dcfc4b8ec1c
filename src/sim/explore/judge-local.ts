import { noteLine } from '../../host/note-line.ts';
import type { LogBase } from '../../protocol/model/entry.ts';
import { compareEpochs, type NodeId, showEpoch } from '../../protocol/model/epoch.ts';
import { placeAt } from '../../protocol/model/log.ts';
import { hasDurably } from '../disk/disk.ts';
import { promiseBeforeMessage } from '../judges/promise-before-message.ts';
import { asSimDisk } from './disk-value.ts';
import type { Happened, Local, SeenStep } from './local.ts';

/** A broken rule, and the judge that reports it. */
export interface Wrong {
  readonly judge: string;
  readonly reason: string;
}

/**
 * Judges an event by its node alone: assertions, messages that leave before the disk has what they say, and values that
 * must not go back within one node. Judged once, however many states the event occurs in.
 */
export function judgeLocally(node: NodeId, before: Local, happened: Happened): Wrong | undefined {
  if (happened.broken !== undefined) return { judge: 'assertion', reason: `${node}: ${happened.broken}` };
  const refused = happened.notes.find(({ note }) => note.type === 'contradicts-visible');
  if (refused !== undefined)
    return { judge: 'committed-immutable', reason: `${node}: ${noteLine(refused.unit, refused.note).line}` };
  for (const { envelope, disks } of happened.sent) {
    const judge = promiseBeforeMessage({
      diskOf: (at, group) => {
        const disk = at === node ? disks[group] : undefined;
        return disk === undefined ? undefined : asSimDisk(disk);
      },
    });
    const reason = judge.sent?.(envelope);
    if (reason !== undefined) return { judge: judge.name, reason };
  }
  const reason = fallenBack(node, before, happened);
  return reason === undefined ? undefined : { judge: 'monotonic', reason };
}

/** Whether a step needs the rest of the cluster to be judged: it makes a primary, or counts something as committed. */
export function isWeighty({ before, after }: SeenStep): boolean {
  return (
    after.leading?.epoch !== before?.leading?.epoch ||
    after.leading?.raftCommit !== before?.leading?.raftCommit ||
    after.commit !== before?.commit ||
    after.machine !== before.machine
  );
}

/** The entries that the disk lost in the step: none of them may ever have been committed. */
export function lostFromDisk(
  before: Local,
  after: Local,
): readonly { readonly group: string; readonly place: LogBase }[] {
  return Object.entries(after.disks).flatMap(([group, disk]) => {
    const known = before.disks[group];
    if (known === undefined || known.entries === disk.entries) return [];
    const now = asSimDisk(disk);
    return known.entries.filter(({ index, hash }) => !hasDurably(now, index, hash)).map((place) => ({ group, place }));
  });
}

function fallenBack(node: NodeId, local: Local, { steps, after }: Happened): string | undefined {
  for (const { group, before, after: now } of steps) {
    if (before === undefined) continue;
    if (now.commit < before.commit) {
      return `the commit index of ${group} at ${node} fell from ${before.commit} to ${now.commit}`;
    }
    if (compareEpochs(now.promised, before.promised) < 0) {
      return `${node} promised ${showEpoch(before.promised)} of ${group} and now ${showEpoch(now.promised)}`;
    }
    const place = placeAt(now.log, before.commit);
    const known = placeAt(before.log, before.commit);
    if (place !== undefined && known !== undefined && place.hash !== known.hash) {
      return `${node} replaced entry ${before.commit} of ${group}, which counted as committed`;
    }
  }
  for (const [group, disk] of Object.entries(after.disks)) {
    const known = local.disks[group];
    if (known !== undefined && compareEpochs(disk.promised, known.promised) < 0) {
      return `the disk of ${node} held ${showEpoch(known.promised)} of ${group} and now ${showEpoch(disk.promised)}`;
    }
  }
  return undefined;
}
