import { digestIn, tell } from '../base/trace.ts';
import { goOn } from './clock.ts';
import { loseUnwritten } from './disk-driver.ts';
import { reset } from './wire.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/** How often it is looked whether a process that is to end may do so, in microseconds. */
const LOOK_EVERY = 20_000;

/** A write has failed, which ends a live process: what it has in memory and what is on its disk may no longer agree. */
export function stopFor(world: World, node: SimNode, why: 'disk-full' | 'sync-failed'): void {
  takeNote(world, node.id, 'disk', why);
  tell(world.trace, world.now, node.id, () => `stops: ${why}`);
  crash(world, node);
}

/**
 * Others have removed this node. Its process is to end, but a group that has not let it go yet may need its vote to do so
 * (PROTOCOL §5.9); one that does not speak to it any more is not waited for.
 */
export function beDismissed(world: World, node: SimNode): void {
  const { departing } = node;
  node.departing = { standing: 'dismissed', since: world.now };
  if (departing === undefined) lookLater(world, node);
}

/** In a moment it is looked whether a process that is to end may do so. */
export function lookLater(world: World, node: SimNode): void {
  world.agenda.put(world.now + LOOK_EVERY, { type: 'departure', node: node.id, life: node.life });
}

/** The process dies at once; its disks keep what is durable and, perhaps, some of what was on its way. */
export function crash(world: World, node: SimNode): void {
  if (node.host === undefined) return;
  tell(world.trace, world.now, node.id, () => 'crashes');
  world.recording?.put({ type: 'crashed', node: node.id });
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
