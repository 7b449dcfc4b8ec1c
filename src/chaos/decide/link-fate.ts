import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Plan, STANDARD } from '../../sim/plan/plan.ts';
import { createNetwork, fateOf, linkBetween, type Network } from '../../sim/world/network.ts';

/**
 * The fate of the next bytes of a stream. A stream has no holes, so a lost message of the plan is a broken connection
 * here. Bytes that were cut off are gone, and their connection cannot continue.
 */
export type LinkFate =
  /** They arrive at this time, in microseconds, and not before earlier bytes. */
  | { readonly type: 'passes'; readonly at: number }
  /** The direction is cut: they are discarded. */
  | { readonly type: 'swallowed' }
  /** The direction is held: they wait until it is released. */
  | { readonly type: 'waits' }
  /** By chance the connection breaks instead, and both ends are told. */
  | { readonly type: 'breaks' };

/**
 * The network of a live cluster: rules in force, and seeded chance. Without a fault, messages take this machine's own
 * delays.
 */
export function liveNetwork(plan: Plan, defaults: typeof STANDARD): Network {
  const asksForDelay = JSON.stringify(plan.network.delayMicros) !== JSON.stringify(defaults.network.delayMicros);
  const delayMicros = asksForDelay ? plan.network.delayMicros : [0];
  return createNetwork({ ...plan.network, delayMicros, duplicate: 0 }, plan.seed);
}

/** The fate of the next bytes from one end to the other that are read at `now`, in microseconds. */
export function linkFateOf(network: Network, from: NodeId, to: NodeId, now: number): LinkFate {
  const fate = fateOf(network, from, to, 'bytes', now);
  switch (fate.type) {
    case 'arrives':
      return { type: 'passes', at: fate.at[0] ?? now };
    case 'waits':
      return fate;
    case 'lost':
      return fate.why === 'cut' ? { type: 'swallowed' } : { type: 'breaks' };
    default:
      return fate satisfies never;
  }
}

/** Whether no rule stops bytes in this direction now. */
export function isOpen(network: Network, from: NodeId, to: NodeId): boolean {
  const link = linkBetween(network, from, to);
  return link.cut === 0 && link.held === 0;
}
