import { unreachable } from '../../protocol/model/assert.ts';
import type { Fault } from '../plan/fault.ts';
import type { Build } from '../plan/plan.ts';
import { stopClock } from './clock.ts';
import { leaveForever, leaveForNow } from './departure.ts';
import { crash, resume } from './lifecycle.ts';
import { loseRecord } from './lost-record.ts';
import { putBack, rejoin, replaceDisk } from './membership.ts';
import { speedUp } from './pace.ts';
import { feed, start } from './process.ts';
import { backUp, startCopy } from './second-life.ts';
import { reset } from './wire.ts';
import type { SimNode, World } from './world.ts';

/** A fault of one node: of its process, its disks or its clocks. */
export type NodeFault = Exclude<Extract<Fault, { readonly node: string }>, { type: 'suspect' | 'remove' | 'poison' }>;

/** Injects a fault of one node. */
export function injectNodeFault(world: World, node: SimNode, fault: NodeFault): void {
  switch (fault.type) {
    case 'crash':
      if (fault.afterActions > 0 && node.host !== undefined) node.fuse = fault.afterActions;
      else crash(world, node);
      return;
    case 'restart':
      return start(world, node);
    case 'deploy':
      return deploy(world, node, fault);
    case 'pause':
      return pause(world, node, fault.clock === 'stops');
    case 'resume':
      return resume(world, node);
    case 'slow-process':
      node.stepMicros = fault.stepMicros;
      return;
    case 'fast-process':
      return speedUp(world, node);
    case 'reset':
      return breakConnections(world, node);
    case 'slow-disk':
      node.slowSync = fault.syncMicros;
      return;
    case 'fast-disk':
      node.slowSync = undefined;
      return;
    case 'stick-disk':
      node.isStuck = true;
      return;
    case 'free-disk':
      return free(world, node);
    case 'fill-disk':
      node.isFull = true;
      return;
    case 'empty-disk':
      node.isFull = false;
      return;
    case 'short-disk':
      return setShort(world, node, true);
    case 'roomy-disk':
      return setShort(world, node, false);
    case 'fail-sync':
      node.failsSync = true;
      return;
    case 'rot-disk':
      node.isRotten = node.disks.size > 0;
      node.isLost ||= node.isRotten && node.host === undefined;
      return;
    case 'lose-disk':
      node.isLost = node.disks.size > 0;
      if (node.isLost) crash(world, node);
      return;
    case 'lose-record':
      return loseRecord(world, node);
    case 'jump-clock':
      node.clock.wallMillis += fault.byMillis;
      return;
    case 'set-clock':
      node.clock.wallMillis = 0;
      return;
    case 'leave':
      return leaveForever(world, node);
    case 'stop':
      return leaveForNow(world, node);
    case 'rejoin':
      return rejoin(world, node, fault.unasked);
    case 'replace':
      return replaceDisk(world, node);
    case 'put-back':
      return putBack(world, node);
    case 'back-up':
      return backUp(node);
    case 'start-copy':
      return startCopy(world, node);
    default:
      return unreachable(fault);
  }
}

/** Ends all faults of the node, and restarts its process unless its disk is lost; a departing one is not waited for. */
export function recover(world: World, node: SimNode): void {
  if (node.departing !== undefined || node.migrating?.isEndless === true) crash(world, node);
  node.fuse = undefined;
  node.slowSync = undefined;
  node.isFull = false;
  node.failsSync = false;
  setShort(world, node, false);
  speedUp(world, node);
  resume(world, node);
  free(world, node);
  start(world, node);
}

/** The node's processes run another build from now on; one that runs is killed, and the next one starts. */
export function deploy(world: World, node: SimNode, { oldest, newest }: Build): void {
  if (node.kind !== 'server') return;
  node.build = { oldest, newest };
  if (node.host === undefined || node.departing !== undefined) return;
  crash(world, node);
  start(world, node);
}

/** The process sees that its disk is nearly full, or that there is room again. */
function setShort(world: World, node: SimNode, isShort: boolean): void {
  if (node.isShort === isShort) return;
  node.isShort = isShort;
  feed(world, node, { type: 'short', of: isShort ? ['disk'] : [] });
}

function pause(world: World, node: SimNode, withClock: boolean): void {
  if (node.host === undefined) return;
  if (!node.isPaused) world.recording?.put({ type: 'paused', node: node.id });
  node.isPaused = true;
  if (withClock) stopClock(node.clock, world.now);
}

/** Pending writes complete now, in order; a process that waited for its disk starts. */
function free(world: World, node: SimNode): void {
  node.isStuck = false;
  for (const simEvent of node.heldUp.splice(0)) world.agenda.put(world.now, simEvent);
  if (node.isStarting) start(world, node);
}

/** The connections of all clients to the front end break; both ends are told. */
function breakConnections(world: World, node: SimNode): void {
  if (node.host === undefined) return;
  for (const attempt of world.attempts.values()) {
    if (attempt.frontEnd === node.id && attempt.takenBy === node.life) reset(world, attempt);
  }
}
