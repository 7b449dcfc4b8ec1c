import { unreachable } from '../protocol/assert.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Fault } from './fault.ts';
import { crash } from './lifecycle.ts';
import { arrivalOf, cut, heal, hold, isHeld, type Pair, release } from './network.ts';
import { nodesAt, sides } from './places.ts';
import { feed, start } from './process.ts';
import { tapeFault } from './tape-world.ts';
import { tell } from './trace.ts';
import { nodeNamed, type SimNode, takeNote, type World } from './world.ts';

/** Does to the cluster what the plan says. What finds nobody to be done to (no primary to crash) does nothing. */
export function strike(world: World, fault: Fault): void {
  tell(world.trace, world.now, '***', () => JSON.stringify(fault));
  takeNote(world, 'plan', 'faults', fault.type);
  tapeFault(world, fault);
  switch (fault.type) {
    case 'crash':
      for (const node of targets(world, fault.node)) {
        if (fault.afterActions > 0 && node.host !== undefined) node.fuse = fault.afterActions;
        else crash(world, node);
      }
      return;
    case 'restart':
      for (const node of targets(world, fault.node)) start(world, node);
      return;
    case 'pause':
      for (const node of targets(world, fault.node)) if (node.host !== undefined) pause(world, node);
      return;
    case 'resume':
      for (const node of targets(world, fault.node)) resume(world, node);
      return;
    case 'partition':
      cut(world.network, fault.name, pairs(world, fault));
      return;
    case 'heal':
      heal(world.network, fault.name);
      return;
    case 'hold':
      hold(world.network, fault.name, pairs(world, fault));
      return;
    case 'release':
      letGo(world, fault.name);
      return;
    case 'slow-disk':
      for (const node of targets(world, fault.node)) node.slowSync = fault.syncMicros;
      return;
    case 'fast-disk':
      for (const node of targets(world, fault.node)) node.slowSync = undefined;
      return;
    case 'suspect':
      for (const node of targets(world, fault.node)) {
        for (const of of nodesAt(world, fault.of)) if (of !== node.id) suspect(world, node, of);
      }
      return;
    default:
      return unreachable(fault);
  }
}

function pause(world: World, node: SimNode): void {
  if (!node.isPaused) world.tape?.put({ type: 'paused', node: node.id });
  node.isPaused = true;
}

/** The process goes on; what came meanwhile comes now, in order. */
export function resume(world: World, node: SimNode): void {
  if (!node.isPaused) return;
  node.isPaused = false;
  world.tape?.put({ type: 'resumed', node: node.id });
  for (const happening of node.missed.splice(0)) world.agenda.put(world.now, happening);
}

/** Ends holds, and sends what waited on its way in order. */
export function letGo(world: World, name: string | undefined): void {
  release(world.network, name);
  let last = world.now;
  const still = world.waiting.splice(0).filter((waiting) => {
    if (isHeld(world.network, waiting.from, waiting.to)) return true;
    last = Math.max(last + 1, arrivalOf(world.network, waiting.from, waiting.to, waiting.kind, world.now));
    world.tape?.released(waiting.happening);
    world.agenda.put(last, waiting.happening);
    return false;
  });
  world.waiting.push(...still);
}

/** Gives `node` the hint that `of` is dead. */
export function suspect(world: World, node: SimNode, of: NodeId): void {
  if (!node.isPaused) feed(world, node, { type: 'suspected', nodeId: of });
}

function targets(world: World, place: string): readonly SimNode[] {
  return nodesAt(world, place)
    .filter((id) => world.nodes.has(id))
    .map((id) => nodeNamed(world, id));
}

function pairs(world: World, fault: Extract<Fault, { type: 'partition' | 'hold' }>): readonly Pair[] {
  const [left, right] = sides(world, fault.from, fault.to);
  const there = left.flatMap((from) => right.map((to): Pair => [from, to]));
  return fault.oneWay ? there : [...there, ...there.map(([from, to]): Pair => [to, from])];
}
