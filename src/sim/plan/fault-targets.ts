import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';

/** The cluster, simulated or live, as far as it decides which nodes a place in a fault means now. */
export interface FaultTargets {
  /** Initial servers, then those that have joined, in that order. */
  readonly servers: readonly NodeId[];
  readonly frontEnds: readonly NodeId[];
  readonly clients: readonly string[];
  /** Servers and front ends. */
  readonly nodes: readonly NodeId[];
  isUp(node: NodeId): boolean;
  isPaused(node: NodeId): boolean;
  /** Whether it has no disk that another process could start on. */
  isLost(node: NodeId): boolean;
  /** The primary of the newest epoch among running nodes, if any. */
  primaryOf(group: GroupName): NodeId | undefined;
  /** The data voters of the newest configuration, highest rank first. */
  ranked(group: GroupName): readonly NodeId[];
}

/** The nodes that a place in a fault means now (see `fault.ts`), in the order of the topology. */
export function nodesAt(where: FaultTargets, place: string): readonly NodeId[] {
  const { servers, frontEnds, clients, nodes } = where;
  const [, role, group] = /^(primary|secondaries|highest) of (.+)$/.exec(place) ?? [];
  if (group !== undefined) return byRole(where, role ?? '', group);
  switch (place) {
    case 'servers':
      return servers;
    case 'front ends':
      return frontEnds;
    case 'clients':
      return clients;
    case 'up':
      return servers.filter((node) => where.isUp(node));
    case 'last server':
      return servers.filter((node) => where.isUp(node)).slice(-1);
    case 'down':
      return nodes.filter((node) => !where.isUp(node));
    case 'paused':
      return nodes.filter((node) => where.isPaused(node));
    case 'lost':
      return nodes.filter((node) => where.isLost(node));
    default:
      return [...nodes, ...clients].filter((node) => node === place);
  }
}

/** Both sides of a partition: `others` are all nodes that the other side does not name. */
export function sides(
  where: FaultTargets,
  from: readonly string[],
  to: readonly string[],
): readonly [readonly NodeId[], readonly NodeId[]] {
  const named = (places: readonly string[]): readonly NodeId[] => [
    ...new Set(places.filter((place) => place !== 'others').flatMap((place) => nodesAt(where, place))),
  ];
  const [left, right] = [named(from), named(to)];
  const without = (other: readonly NodeId[]): readonly NodeId[] => where.nodes.filter((node) => !other.includes(node));
  return [
    from.includes('others') ? without(right) : left,
    to.includes('others') ? without(left) : right.filter((node) => !left.includes(node)),
  ];
}

function byRole(where: FaultTargets, role: string, group: GroupName): readonly NodeId[] {
  const primary = where.primaryOf(group);
  if (role === 'primary') return primary === undefined ? [] : [primary];
  const up = where.servers.filter((node) => where.isUp(node));
  if (role === 'secondaries') return up.filter((node) => node !== primary);
  return where
    .ranked(group)
    .filter((node) => up.includes(node))
    .slice(0, 1);
}
