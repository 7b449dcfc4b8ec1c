import { unreachable } from '../../protocol/model/assert.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { tell } from '../base/trace.ts';
import type { Fault } from '../plan/fault.ts';
import { flap } from './flapping-links.ts';
import { forge } from './forgery.ts';
import { clearConditions, cut, heal, hold, release, setConditions } from './links.ts';
import { join, remove, transfer } from './membership.ts';
import { arrivalOf, isHeld, type LinkConditions, type Pair } from './network.ts';
import { injectNodeFault } from './node-faults.ts';
import { nodesAt, sides } from './places.ts';
import { poison } from './poison.ts';
import { feed } from './process.ts';
import { recordedFault } from './record-world.ts';
import { nodeNamed, type SimNode, takeNote, type World } from './world.ts';

/** Injects a fault of the plan. One whose place means no node (no primary to crash) does nothing. */
export function inject(world: World, fault: Fault): void {
  tell(world.trace, world.now, '***', () => JSON.stringify(fault));
  takeNote(world, 'plan', 'faults', fault.type);
  recordedFault(world, fault);
  switch (fault.type) {
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
    case 'flap':
      flap(world, fault, pairs(world, fault));
      return;
    case 'weather':
      setConditions(world.network, fault.name, pairs(world, fault), linkConditionsOf(fault));
      return;
    case 'clear':
      clearConditions(world.network, fault.name);
      return;
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'slow-process':
    case 'fast-process':
    case 'reset':
    case 'slow-disk':
    case 'fast-disk':
    case 'stick-disk':
    case 'free-disk':
    case 'fill-disk':
    case 'empty-disk':
    case 'short-disk':
    case 'roomy-disk':
    case 'fail-sync':
    case 'rot-disk':
    case 'lose-disk':
    case 'lose-record':
    case 'jump-clock':
    case 'set-clock':
    case 'leave':
    case 'stop':
    case 'rejoin':
    case 'replace':
    case 'put-back':
    case 'deploy':
    case 'back-up':
    case 'start-copy':
      for (const node of targets(world, fault.node)) injectNodeFault(world, node, fault);
      return;
    case 'join':
      return join(world, fault.kind);
    case 'transfer':
      return transfer(world, fault);
    case 'remove':
      for (const id of nodesAt(world, fault.node)) remove(world, id);
      return;
    case 'forge':
      return forge(world, fault);
    case 'suspect':
      for (const node of targets(world, fault.node)) {
        for (const of of nodesAt(world, fault.of)) if (of !== node.id) suspect(world, node, of);
      }
      return;
    case 'poison':
      for (const node of targets(world, fault.node)) poison(world, node, fault);
      return;
    default:
      return unreachable(fault);
  }
}

/** Ends holds, and delivers what waited, in order. */
export function letGo(world: World, name: string | undefined): void {
  release(world.network, name);
  let last = world.now;
  const still = world.waiting.splice(0).filter((waiting) => {
    if (isHeld(world.network, waiting.from, waiting.to)) return true;
    last = Math.max(last + 1, arrivalOf(world.network, waiting.from, waiting.to, waiting.kind, world.now));
    world.recording?.released(waiting.simEvent);
    world.agenda.put(last, waiting.simEvent);
    return false;
  });
  world.waiting.push(...still);
}

/** Gives `node` the hint that `of` is dead. */
export function suspect(world: World, node: SimNode, of: NodeId): void {
  if (node.isPaused) return;
  world.grounds.hinted(node.id, of);
  feed(world, node, { type: 'suspected', nodeId: of });
}

function targets(world: World, place: string): readonly SimNode[] {
  return nodesAt(world, place)
    .filter((id) => world.nodes.has(id))
    .map((id) => nodeNamed(world, id));
}

function pairs(world: World, fault: Extract<Fault, { readonly from: unknown }>): readonly Pair[] {
  const [left, right] = sides(world, fault.from, fault.to);
  const there = left.flatMap((from) => right.map((to): Pair => [from, to]));
  return fault.oneWay ? there : [...there, ...there.map(([from, to]): Pair => [to, from])];
}

function linkConditionsOf({ drop, duplicate, delayMicros, tail }: Extract<Fault, { type: 'weather' }>): LinkConditions {
  return {
    ...(drop === undefined ? {} : { drop }),
    ...(duplicate === undefined ? {} : { duplicate }),
    ...(delayMicros === undefined ? {} : { delayMicros }),
    ...(tail === undefined ? {} : { tail }),
  };
}
