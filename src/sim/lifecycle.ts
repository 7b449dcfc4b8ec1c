import { loseUnwritten } from './disk-driver.ts';
import { digestIn, tell } from './trace.ts';
import { reset } from './wire.ts';
import type { SimNode, World } from './world.ts';

/** The process dies at once; its disks keep what is durable and, perhaps, some of what was on its way. */
export function crash(world: World, node: SimNode): void {
  if (node.host === undefined) return;
  tell(world.trace, world.now, node.id, () => 'crashes');
  world.tape?.put({ type: 'crashed', node: node.id });
  digestIn(world.trace, `${node.id} crashes`);
  node.host = undefined;
  node.isPaused = false;
  node.missed.length = 0;
  node.fuse = undefined;
  node.wakeAt = undefined;
  node.seen.clear();
  loseUnwritten(world, node);
  for (const attempt of world.attempts.values()) {
    if (attempt.frontEnd !== node.id || attempt.takenBy === undefined) continue;
    world.attempts.delete(attempt.id);
    reset(world, attempt);
  }
}
