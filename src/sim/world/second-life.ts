import { isOfLaterRun } from '../../gossip/state.ts';
import type { LogBase } from '../../protocol/model/entry.ts';
import { tell } from '../base/trace.ts';
import { hasDurably, type SimDisk } from '../disk/disk.ts';
import { diskChanged } from './disk-driver.ts';
import { crash } from './lifecycle.ts';
import { isCovered } from './lost-record.ts';
import { isCut } from './network.ts';
import type { KeptDisk } from './node.ts';
import { livesOf, start } from './process.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/* A copy of a node's disk, made at an instant, and a process that is started on it later (PROTOCOL §12). */

/** Other nodes that are asked, data servers first: as a live process asks. */
const ASKED_AT_MOST = 8;

/** What is durable on the node's disk is copied, whether its process runs or not. */
export function backUp(node: SimNode): void {
  if (node.isLost || node.isRotten) return;
  const { diskId, generation, incarnation, services, isRotten } = node;
  const disks = new Map([...node.disks].map(([group, disk]) => [group, copyOf(disk)]));
  node.backup = { diskId, generation, incarnation, disks, services, isRotten };
}

/**
 * A process starts on the copy. It is refused where the original answers, or another node knows a run of the disk that
 * the copy does not. Otherwise the copy takes the place of the disk, unless that is beyond what any rule covers: then
 * nothing happens.
 */
export function startCopy(world: World, node: SimNode): void {
  const { backup } = node;
  if (backup === undefined || backup.diskId !== node.diskId || node.isLost || node.isRotten) return;
  const asks = !world.planted.has('starts-copy-without-asking');
  const found = asks ? otherLife(world, node, backup) : undefined;
  if (found !== undefined) {
    takeNote(world, node.id, 'process', 'refuses-copy');
    tell(world.trace, world.now, node.id, () => `does not start on a copy of its disk: ${found}`);
    return;
  }
  if (asks && !isAllowed(world, node, backup)) return;
  crash(world, node);
  putInPlace(world, node, backup);
  takeNote(world, node.id, 'process', 'starts-copy');
  tell(world.trace, world.now, node.id, () => `starts on a copy of its disk, made in life ${backup.incarnation}`);
  start(world, node);
}

/** Who knows that another process runs on the disk, or has run on it since the copy was made. */
function otherLife(world: World, node: SimNode, { diskId, incarnation, services }: KeptDisk): string | undefined {
  if (node.host !== undefined && !node.isPaused) return `${node.id} answers`;
  const asked = services
    .flatMap(({ nodeId }) => world.nodes.get(nodeId) ?? [])
    .filter((other) => other.id !== node.id && other.host !== undefined && !other.isPaused)
    .filter(({ id }) => !isCut(world.network, node.id, id) && !isCut(world.network, id, node.id))
    .toSorted((one, other) => Number(other.kind === 'server') - Number(one.kind === 'server'))
    .slice(0, ASKED_AT_MOST);
  const own = incarnation + 1;
  for (const { id, host } of asked) {
    const entry = host?.gossip.services.find(({ nodeId }) => nodeId === node.id);
    if (entry !== undefined && isOfLaterRun(entry, diskId, own, livesOf(diskId, own)))
      return `${id} knows start ${entry.incarnation}`;
  }
  return undefined;
}

/**
 * Whether the protocol covers that the copy takes the place of the disk: its process is dead, the copy is of its last
 * run, with all promises made since, and the entries that it lacks are where more than half of the votes are (§2.7).
 */
function isAllowed(world: World, node: SimNode, backup: KeptDisk): boolean {
  if (node.host !== undefined || backup.incarnation !== node.incarnation) return false;
  return [...node.disks].every(([group, disk]) => {
    const copy = backup.disks.get(group);
    if (copy === undefined) return false;
    const { counter, nodeId } = disk.promised;
    if (copy.promised.counter !== counter || copy.promised.nodeId !== nodeId) return false;
    // What a later snapshot has replaced is not kept apart, so the judges could not tell that it was lost.
    if (disk.snapshot?.base.index !== copy.snapshot?.base.index) return false;
    const newest: Pick<LogBase, 'index' | 'hash'> | undefined = disk.entries.at(-1) ?? disk.snapshot?.base;
    if (newest === undefined || hasDurably(copy, newest.index, newest.hash)) return true;
    return isCovered(world, node, group, newest);
  });
}

function putInPlace(world: World, node: SimNode, backup: KeptDisk): void {
  for (const [group, disk] of node.disks) {
    const copy = backup.disks.get(group);
    if (copy === undefined) continue;
    const { writes, saves, entries, forgotten } = disk;
    const lost = entries.filter(({ index, hash }) => !hasDurably(copy, index, hash));
    Object.assign(disk, copyOf(copy), { writes, saves, forgotten: [...forgotten, ...lost] });
    diskChanged(world, node.id, group);
  }
  node.incarnation = backup.incarnation;
  node.services = backup.services;
}

function copyOf(disk: SimDisk): SimDisk {
  return {
    ...disk,
    entries: [...disk.entries],
    clocks: [...disk.clocks],
    forgotten: [...disk.forgotten],
    writing: undefined,
    saving: undefined,
    tail: [],
    undo: undefined,
  };
}
