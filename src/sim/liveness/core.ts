import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { configurationOfLog, logEnd } from '../../protocol/model/log.ts';
import { choose, drawAt, streamOf } from '../base/random.ts';
import type { Breakage, Core, Hopeless } from '../world/core.ts';
import type { SimNode } from '../world/node.ts';
import type { World } from '../world/world.ts';
import { type Holding, holdingOn, hopeless } from './recoverable.ts';

const BREAKAGES: readonly Breakage[] = ['crashed', 'gone', 'cut off', 'mute'];

/**
 * Picks the core that the plan asks for.
 *
 * - `all`: every node that has a disk and is not removed.
 * - `core`: the nodes that the plan names, or else a random part that must be able to serve: nodes are left out in an
 *   order and a number drawn from the seed, none without which the rest could not serve. In one seed of eight any part
 *   is allowed: such a core may be hopeless, has to be safe, and tests the oracle from its other side.
 */
export function pickCore(world: World): Core {
  const { ending, core: named, seed } = world.plan;
  const whole = [...world.nodes.values()].filter((node) => isWhole(node) && !isOut(world, node)).map(({ id }) => id);
  let nodes: readonly NodeId[] = named === undefined ? whole : whole.filter((id) => named.includes(id));
  if (ending === 'core' && named === undefined && hopelessOf(world, nodes) === undefined) {
    const draw = (id: NodeId): number => drawAt(streamOf(seed, `core ${id}`), 1, 0x4000_0000);
    const order = [...whole].sort((a, b) => draw(a) - draw(b));
    const atMost = drawAt(streamOf(seed, 'core'), 1, whole.length + 1);
    const isReckless = drawAt(streamOf(seed, 'core'), 2, 8) === 0;
    for (const id of order) {
      const without = nodes.filter((other) => other !== id);
      const mayGo = isReckless || hopelessOf(world, without) === undefined;
      if (without.length > 0 && whole.length - without.length <= atMost && mayGo) nodes = without;
    }
  }
  const outside = [...world.nodes.keys()].filter((id) => !nodes.includes(id));
  const broken = outside.map((id): [NodeId, Breakage] => [id, breakageOf(world, id)]);
  return {
    nodes,
    broken: new Map(broken),
    hopeless: hopelessOf(world, nodes),
    hasPrimary: nodes.some((id) => leads(world, id)),
  };
}

/** The reason why these nodes alone cannot serve, if any: no front end, or one of the groups. */
export function hopelessOf(world: World, nodes: readonly NodeId[]): Hopeless | undefined {
  const { topology, settings, roster } = world;
  if (!roster.frontEnds.some((id) => nodes.includes(id)))
    return { type: 'no-front-end', reason: 'no front end is left' };
  for (const group of topology.groups) {
    const found = hopeless(holdingsOf(world, nodes, group), settings);
    if (found !== undefined) return { type: found.type, reason: `${group}: ${found.reason}` };
  }
  return undefined;
}

function holdingsOf(world: World, nodes: readonly NodeId[], group: GroupName): readonly Holding[] {
  return nodes.flatMap((id) => {
    const node = world.nodes.get(id);
    return node === undefined ? [] : holdingOf(world, node, group);
  });
}

function holdingOf(world: World, node: SimNode, group: GroupName): readonly Holding[] {
  const disk = node.disks.get(group);
  if (disk === undefined) return [];
  // The log of a running replica is on its way to the disk, and nothing stops that any more.
  const log = node.seen.get(group)?.log;
  const { id, diskId } = node;
  if (log !== undefined) return [{ node: id, diskId, end: logEnd(log), configuration: configurationOfLog(log) }];
  return [holdingOn(id, disk, world.evidence.firstConfiguration(group), diskId)];
}

/** Whether the node can go on. A departing one is restarted when all is healed, and does not start on a rotten disk. */
function isWhole({ isLost, isRotten, departing }: SimNode): boolean {
  return !isLost && !(isRotten && departing !== undefined);
}

/** Whether any node that may still tell the others knows that the node was removed, or that it has a newer disk. */
function isOut(world: World, { id, diskId, generation }: SimNode): boolean {
  return [...world.nodes.values()].some(({ isLost, services }) => {
    const entry = isLost ? undefined : services.find(({ nodeId }) => nodeId === id);
    if (entry === undefined) return false;
    if (entry.diskId === diskId) return entry.standing === 'removed';
    return entry.generation > generation || (entry.generation === generation && entry.diskId > diskId);
  });
}

function leads(world: World, id: NodeId): boolean {
  const replicas = world.nodes.get(id)?.seen.values() ?? [];
  return [...replicas].some(({ leading }) => leading !== undefined);
}

function breakageOf(world: World, id: NodeId): Breakage {
  if (world.nodes.get(id)?.isLost === true) return 'gone';
  return choose(BREAKAGES, drawAt(streamOf(world.plan.seed, `broken ${id}`), 1, BREAKAGES.length), 'gone');
}
