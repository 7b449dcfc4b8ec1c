import { digestIn, tell } from '../base/trace.ts';
import { goOn } from './clock.ts';
import { loseUnwritten } from './disk-driver.ts';
import { reset } from './wire.ts';
import { type SimNode, takeNote, type World } from './world.ts';

/** The interval at which a departing process is checked, in microseconds. */
const LOOK_EVERY = 20_000;

/** A failed write ends a live process: its memory and its disk may no longer agree. */
export function stopFor(world: World, node: SimNode, why: 'disk-full' | 'sync-failed'): void {
  takeNote(world, node.id, 'disk', why);
  tell(world.trace, world.now, node.id, () => `stops: ${why}`);
  crash(world, node);
}

/**
 * This disk has been removed by others, or replaced. Its process is to end, but a group that names it may need it
 * (PROTOCOL §5.9).
 */
export function beDismissed(world: World, node: SimNode): void {
  const { departing } = node;
  node.departing = { standing: 'dismissed', since: world.now };
  if (departing === undefined) lookLater(world, node);
}

/** Schedules a check whether a departing process may end. */
export function lookLater(world: World, node: SimNode): void {
  world.agenda.put(world.now + LOOK_EVERY, { type: 'departure', node: node.id, life: node.life });
}

/** The process resumes, unless a migration keeps it busy; its missed input comes now, in order. */
export function resume(world: World, node: SimNode): void {
  if (!node.isPaused || node.migrating !== undefined) return;
  node.isPaused = false;
  goOn(node.clock, world.now);
  world.recording?.put({ type: 'resumed', node: node.id });
  for (const simEvent of node.missed.splice(0)) world.agenda.put(world.now, simEvent);
}

/** The process dies at once; its disks keep what is durable and, maybe, some of what was pending. */
export function crash(world: World, node: SimNode): void {
  if (node.host === undefined) return;
  tell(world.trace, world.now, node.id, () => 'crashes');
  world.recording?.put({ type: 'crashed', node: node.id });
  digestIn(world.trace, `${node.id} crashes`);
  node.host = undefined;
  // The next process reads the disk, and finds out.
  if (node.isRotten) node.isLost = true;
  node.isPaused = false;
  node.migrating = undefined;
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
