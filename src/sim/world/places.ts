import type { NodeId } from '../../protocol/epoch.ts';
import { compareEpochs, type Epoch } from '../../protocol/epoch.ts';
import { dataVoters } from '../../protocol/configuration.ts';
import { configurationOfLog } from '../../protocol/log.ts';
import type { GroupName } from '../../protocol/app.ts';
import { everyone, type World } from './world.ts';

/** The nodes that a place in a fault means now (see `fault.ts`), in the order of the topology. */
export function nodesAt(world: World, place: string): readonly NodeId[] {
  const { servers, frontEnds } = world.topology;
  const [, role, group] = /^(primary|secondaries|highest) of (.+)$/.exec(place) ?? [];
  if (group !== undefined) return byRole(world, role ?? '', group);
  switch (place) {
    case 'servers':
      return servers;
    case 'front ends':
      return frontEnds;
    case 'clients':
      return [...world.clients.keys()];
    case 'up':
      return servers.filter((node) => isUp(world, node));
    case 'last server':
      return servers.filter((node) => isUp(world, node)).slice(-1);
    case 'down':
      return [...world.nodes.keys()].filter((node) => !isUp(world, node));
    case 'paused':
      return [...world.nodes.values()].filter((node) => node.isPaused).map((node) => node.id);
    default:
      return everyone(world).filter((node) => node === place);
  }
}

/** Both sides of a partition: `others` are all that the other side does not name. */
export function sides(
  world: World,
  from: readonly string[],
  to: readonly string[],
): readonly [readonly NodeId[], readonly NodeId[]] {
  const named = (places: readonly string[]): readonly NodeId[] => [
    ...new Set(places.filter((place) => place !== 'others').flatMap((place) => nodesAt(world, place))),
  ];
  const [left, right] = [named(from), named(to)];
  const without = (other: readonly NodeId[]): readonly NodeId[] =>
    [...world.nodes.keys()].filter((node) => !other.includes(node));
  return [
    from.includes('others') ? without(right) : left,
    to.includes('others') ? without(left) : right.filter((node) => !left.includes(node)),
  ];
}

/** The primary of the newest epoch that is up, if there is one. */
function primaryOf(world: World, group: GroupName): NodeId | undefined {
  let found: { readonly node: NodeId; readonly epoch: Epoch } | undefined;
  for (const node of world.nodes.values()) {
    const tenure = node.seen.get(group)?.tenure;
    if (tenure === undefined || (found !== undefined && compareEpochs(tenure.epoch, found.epoch) < 0)) continue;
    found = { node: node.id, epoch: tenure.epoch };
  }
  return found?.node;
}

function byRole(world: World, role: string, group: GroupName): readonly NodeId[] {
  const primary = primaryOf(world, group);
  if (role === 'primary') return primary === undefined ? [] : [primary];
  const up = world.topology.servers.filter((node) => isUp(world, node));
  if (role === 'secondaries') return up.filter((node) => node !== primary);
  const log = primary === undefined ? undefined : world.nodes.get(primary)?.seen.get(group)?.log;
  const configuration = log === undefined ? world.bench.firstConfiguration(group) : configurationOfLog(log);
  return dataVoters(configuration)
    .filter((voter) => up.includes(voter.nodeId))
    .sort((a, b) => b.rank - a.rank)
    .slice(0, 1)
    .map((voter) => voter.nodeId);
}

function isUp(world: World, node: NodeId): boolean {
  return world.nodes.get(node)?.host !== undefined;
}
