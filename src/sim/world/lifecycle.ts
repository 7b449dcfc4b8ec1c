import { goOn } from './clock.ts';
import { loseUnwritten } from '../disk/disk-driver.ts';
import { digestIn, tell } from '../trace.ts';
import { reset } from './wire.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/** A write has failed, which ends a live process: what it has in memory and what is on its disk may no longer agree. */
export function stopFor(world: World, node: SimNode, why: 'disk-full' | 'sync-failed'): void {
  takeNote(world, node.id, 'disk', why);
  tell(world.trace, world.now, node.id, () => `stops: ${why}`);
  crash(world, node);
}

/** The process dies at once; its disks keep what is durable and, perhaps, some of what was on its way. */
export function crash(world: World, node: SimNode): void {
  if (node.host === undefined) return;
  tell(world.trace, world.now, node.id, () => 'crashes');
  world.tape?.put({ type: 'crashed', node: node.id });
  digestIn(world.trace, `${node.id} crashes`);
  node.host = undefined;
  // Whoever starts next reads the disk, and finds out.
  if (node.isRotten) node.isLost = true;
  node.isPaused = false;
  node.departing = undefined;
  goOn(node.clock, world.now);
  const unheard = [...node.missed.splice(0), ...node.backlog.splice(0)];
  node.heldUp.length = 0;
  node.fuse = undefined;
  node.wakeAt = undefined;
  node.seen.clear();
  loseUnwritten(world, node);
  for (const attempt of world.attempts.values()) {
    const isWaiting = unheard.some((item) => item.type === 'request' && item.attempt === attempt.id);
    if (attempt.frontEnd !== node.id || (attempt.takenBy === undefined && !isWaiting)) continue;
    world.attempts.delete(attempt.id);
    reset(world, attempt);
  }
}
