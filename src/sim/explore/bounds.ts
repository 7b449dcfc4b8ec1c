/**
 * The bounds of a model, over a whole run and all nodes together. What is not bounded here may happen at any time and
 * any number of times: clock ticks, late timers, lost, late or reordered messages.
 */
export interface Bounds {
  /** Campaigns for an epoch, and rounds of ELECTION where that is sent (message-filter.ts). */
  readonly campaigns: number;
  /** Configuration changes proposed by a primary. */
  readonly changes: number;
  /** Crashes of a process, each with a restart. */
  readonly reboots: number;
  /** Writes and snapshots that are still pending at the node's next event; all others complete at once. */
  readonly slowWrites: number;
  /** Hints, true or false, that a node is dead. */
  readonly hints: number;
  /** Messages that arrive and stay in flight. */
  readonly repeats: number;
  /** Crashes after which the disk lacks the last entry of its log, which it had acknowledged. */
  readonly losses: number;
  /**
   * Arrivals of client requests that change the node, 7 at most; absent: any number. For a model in which the same
   * request makes an entry each time, so that logs would grow for ever.
   */
  readonly requests?: number | undefined;
}

export type Resource = keyof Bounds;

/** In the order in which they are printed. */
export const RESOURCES: readonly Resource[] = [
  'campaigns',
  'changes',
  'reboots',
  'slowWrites',
  'hints',
  'repeats',
  'losses',
  'requests',
];

/** The highest bound there may be. */
const BOUND_AT_MOST = 15;

const BITS = 4;

/** Resources used: four bits each, in the order of `RESOURCES`. */
export type Spent = number;

/** `count` of one resource. */
export function spend(resource: Resource, count = 1): Spent {
  return count << (BITS * RESOURCES.indexOf(resource));
}

/** Bounds, packed like used resources. */
export function packBounds(bounds: Bounds): Spent {
  return RESOURCES.reduce((packed, resource) => packed + spend(resource, bounds[resource] ?? 0), 0);
}

/** The first bound that `before` and `more` together exceed; undefined within all of them. */
export function exceeded(bounds: Spent, before: Spent, more: Spent): Resource | undefined {
  if (more === 0) return undefined;
  for (let place = 0; place < RESOURCES.length; place += 1) {
    const shift = BITS * place;
    const total = ((before >> shift) & BOUND_AT_MOST) + ((more >> shift) & BOUND_AT_MOST);
    if (total > ((bounds >> shift) & BOUND_AT_MOST)) return RESOURCES[place];
  }
  return undefined;
}

/** The used amount of one resource. */
export function used(spent: Spent, resource: Resource): number {
  return (spent >> (BITS * RESOURCES.indexOf(resource))) & BOUND_AT_MOST;
}

/**
 * The messages that are delivered. `full`: all. `lean`, for exhaustive search: those that safety rests on. All others
 * are lost, which is one possible behaviour of a network, or are replaced by what they could cause:
 *
 * - ELECTION and its answers promise nothing and change nothing (PROTOCOL §3.2). A candidate gets `ok` from all voters
 *   at once, and campaigns. That allows more campaigns than any real answers do, so what is safe here is safe there.
 * - A refused vote, `outdated` and `heard` only report. Their effects also happen without them: a primary whose timer
 *   fires steps down, and any candidate may try again.
 * - A heartbeat that makes nothing visible has no effect.
 * - `locate` and `located` only find the primary, which a caller also learns from the replica beside it.
 */
export type MessageFilter = 'full' | 'lean';
