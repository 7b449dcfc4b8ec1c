import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import { hasQuorum } from '../../protocol/model/configuration.ts';
import type { Entry } from '../../protocol/model/entry.ts';
import {
  configurationAt,
  configurationOfLog,
  entriesBetween,
  lastIndex,
  logEnd,
  placeAt,
} from '../../protocol/model/log.ts';
import { choose, drawAt, streamOf } from '../base/random.ts';
import { durableConfiguration, durableEnd, hasDurably } from '../disk/disk.ts';
import type { Breakage, Core, Hopeless } from '../world/core.ts';
import type { SimNode } from '../world/node.ts';
import { nodeNamed, type World } from '../world/world.ts';
import { lacksCode } from './pending.ts';
import { type Holding, holdingOn, hopeless } from './recoverable.ts';

const BREAKAGES: readonly Breakage[] = ['crashed', 'gone', 'cut off', 'mute'];

/**
 * Picks the core that the plan asks for.
 *
 * - `all`: every node that has a disk and is not removed.
 * - `core`: the nodes that the plan names, or else a random part that must be able to serve: nodes are left out in an
 *   order and a number drawn from the seed, none without which the rest could not serve. In one seed of eight any part
 *   is allowed: such a core may be hopeless, has to be safe, and tests the oracle from its other side. Nodes that hang are
 *   left out first.
 */
export function pickCore(world: World): Core {
  const { ending, core: named, seed } = world.plan;
  const whole = [...world.nodes.values()].filter((node) => isWhole(node) && !isOut(world, node)).map(({ id }) => id);
  let nodes: readonly NodeId[] = named === undefined ? whole : whole.filter((id) => named.includes(id));
  if (ending === 'core' && named === undefined && hopelessOf(world, nodes) === undefined) {
    const draw = (id: NodeId): number => drawAt(streamOf(seed, `core ${id}`), 1, 0x4000_0000);
    const isLeft = (id: NodeId): number => Number(hangs(world.nodes.get(id)));
    const order = [...whole].sort((a, b) => isLeft(b) - isLeft(a) || draw(a) - draw(b));
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
  return withoutCode(world, nodes);
}

/** Whether a server can be given another build: a running one with a bad disk would not start again, one astray serves nothing. */
export function mayGetBuild(world: World, { id, kind, isLost, isRotten }: SimNode): boolean {
  return kind === 'server' && !isLost && !isRotten && id !== world.plan.astray?.server;
}

/** A group whose version too few servers of these have the code of, where the others can be given none. */
function withoutCode(world: World, nodes: readonly NodeId[]): Hopeless | undefined {
  const { minInSync } = world.settings;
  const servers = nodes
    .map((id) => nodeNamed(world, id))
    .filter(({ id, kind }) => kind === 'server' && id !== world.plan.astray?.server);
  for (const group of world.topology.groups) {
    const able = servers.filter((node) => mayGetBuild(world, node) || !lacksCode(world, node.id, group)).length;
    if (able === 0) return { type: 'no-code', reason: `${group}: no server has the code of its version` };
    if (able < minInSync) {
      const reason = `${group}: ${able} data servers have the code of its version, and writes need ${minInSync}`;
      return { type: 'too-few-in-sync', reason };
    }
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
  const { id, diskId } = node;
  const first = world.evidence.firstConfiguration(group);
  // The log of a running replica is on its way to the disk, and nothing stops that any more.
  // One that hangs is killed first.
  const log = hangs(node) ? undefined : node.seen.get(group)?.log;
  const holding: Holding =
    log === undefined
      ? holdingOn(id, disk, first, diskId)
      : { node: id, diskId, end: logEnd(log), configuration: configurationOfLog(log) };
  if (!world.grounds.lackSome(group)) return [holding];
  const entries = log === undefined ? disk.entries : entriesBetween(log, log.base.index + 1, lastIndex(log));
  const good = entries.filter((entry) => !world.grounds.lack(group, entry) || isSafe(world, group, entry));
  if (good.length === entries.length) return [holding];
  const before =
    log === undefined ? durableConfiguration({ ...disk, entries: [] }, first) : configurationAt(log, log.base.index);
  const newest = good.flatMap(({ body }) => (body.type === 'configuration' ? [body.configuration] : [])).at(-1);
  const { epoch, index } = good.at(-1) ?? (log === undefined ? durableEnd({ ...disk, entries: [] }) : log.base);
  return [{ ...holding, entitled: { end: { epoch, index }, configuration: newest ?? before } }];
}

/** Whether the entry, a configuration, is where more than half of its own votes are, broken nodes included. */
function isSafe({ disks, nodes }: World, group: GroupName, { index, hash, body }: Entry): boolean {
  if (body.type !== 'configuration') return true;
  return hasQuorum(body.configuration, ({ nodeId, diskId }) => {
    const disk = disks.get(diskId)?.get(group);
    const node = nodes.get(nodeId);
    const log = node?.diskId === diskId ? node.seen.get(group)?.log : undefined;
    const isThere = log !== undefined && placeAt(log, index)?.hash === hash;
    return isThere || (disk !== undefined && hasDurably(disk, index, hash));
  });
}

/**
 * Whether the node can go on. A departing one, and one that hangs, is restarted when all is healed, and does not start on
 * a rotten disk.
 */
function isWhole(node: SimNode): boolean {
  return !node.isLost && !(node.isRotten && (node.departing !== undefined || hangs(node)));
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

function hangs(node: SimNode | undefined): boolean {
  return node?.migrating?.isEndless === true;
}

function leads(world: World, id: NodeId): boolean {
  const replicas = world.nodes.get(id)?.seen.values() ?? [];
  return [...replicas].some(({ leading }) => leading !== undefined);
}

function breakageOf(world: World, id: NodeId): Breakage {
  const node = world.nodes.get(id);
  if (node?.isLost === true) return 'gone';
  if (hangs(node)) return 'busy';
  return choose(BREAKAGES, drawAt(streamOf(world.plan.seed, `broken ${id}`), 1, BREAKAGES.length), 'gone');
}
