import type { GroupName } from '../../protocol/model/app.ts';
import type { LogBase } from '../../protocol/model/entry.ts';
import { tell } from '../base/trace.ts';
import { isLossCovered } from '../disk/covered.ts';
import { leaveContradiction } from '../disk/disk-crash.ts';
import { forgetLastRecord, hasDurably, lastRecord } from '../disk/disk.ts';
import { diskChanged } from './disk-driver.ts';
import { crash } from './lifecycle.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/** The process dies, and the last durable record of each of its logs is lost where that is covered (PROTOCOL §2.7). */
export function loseRecord(world: World, node: SimNode): void {
  crash(world, node);
  const once = world.planted.has('forgets-promise-with-last-record');
  for (const [group, disk] of node.disks) {
    const lost = lastRecord(disk);
    if (disk.undo === undefined || node.isLost || !isCovered(world, node, group, lost.at(-1))) continue;
    forgetLastRecord(disk, once);
    leaveContradiction(disk);
    takeNote(world, node.id, group, 'loses-last-record');
    tell(world.trace, world.now, node.id, () => `${group}: the disk loses ${lost.length} entries that were synced`);
    diskChanged(world, node.id, group);
  }
}

/**
 * Whether the other disks that have `newest`, the last entry that would be lost, hold more than half of the votes,
 * whichever log counts them.
 */
export function isCovered(
  world: World,
  node: SimNode,
  group: GroupName,
  newest: Pick<LogBase, 'index' | 'hash'> | undefined,
): boolean {
  if (newest === undefined) return true;
  const cluster = [...world.nodes.values()].map(({ disks, seen, isLost }) => ({
    disk: isLost ? undefined : disks.get(group),
    log: seen.get(group)?.log,
  }));
  return isLossCovered(cluster, world.evidence.firstConfiguration(group), ({ nodeId, diskId }) => {
    const other = world.nodes.get(nodeId);
    const disk = other?.diskId === diskId && !other.isLost ? other.disks.get(group) : undefined;
    return nodeId !== node.id && disk !== undefined && hasDurably(disk, newest.index, newest.hash);
  });
}
