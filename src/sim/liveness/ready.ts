import { HEARD_WITHIN, readinessOf, sightOf } from '../../host/readiness.ts';
import { readClocksOf } from '../world/clock.ts';
import type { Core } from '../world/core.ts';
import type { SimNode, World } from '../world/world.ts';
import { lacksCode } from './pending.ts';

/**
 * Nodes whose `/readyz` is wrong, once a core has served: nodes of the core that are not ready, and running ones outside
 * it that are. The latter serve nothing: they are cut off from the core, or it does not hear them. `isLost`: the core has
 * lost what it needed, and only those outside it are looked at.
 */
export function wronglyReady(world: World, core: Core, isLost: boolean): readonly string[] {
  return [...world.nodes.values()].flatMap((node) => {
    if (node.host?.gossip.incarnation === undefined || node.isPaused || node.departing !== undefined) return [];
    const how = core.broken.get(node.id);
    // A data server that hears the core and is not heard learns by gossip alone that it has lost its vote: that takes long.
    if (how === 'mute' && node.kind === 'server') return [];
    if (how === undefined && isLost) return [];
    const reasons = reasonsOf(world, node);
    if (how !== undefined) return reasons.length > 0 ? [] : [`${node.id} is ${how}, and says that it is ready`];
    // A mute data server has no vote, and is not ready by right.
    if (node.kind === 'server' && world.topology.groups.some((group) => lacksCode(world, node.id, group))) return [];
    // A wrong clock keeps a process from being ready, and not from serving.
    const others = reasons.filter((reason) => !reason.startsWith('its wall clock'));
    return others.length === 0 ? [] : [`${node.id} serves, and says that it is not ready: ${others.join('; ')}`];
  });
}

/** How long a process may take to notice whether it can serve, in microseconds. */
export function noticesWithin({ settings }: Pick<World, 'settings'>): number {
  const { quorumWithin, electAfter, removeAfter, unreachableAfter, probeEvery, retryAfter } = settings;
  const server = Math.max(HEARD_WITHIN, 2 * quorumWithin + electAfter, removeAfter);
  return (server + unreachableAfter + probeEvery + 2 * retryAfter) * 1_000;
}

function reasonsOf(world: World, node: SimNode): readonly string[] {
  const { host } = node;
  return host === undefined ? [] : readinessOf(sightOf(host, readClocksOf(node.clock, world.now)), false).reasons;
}
