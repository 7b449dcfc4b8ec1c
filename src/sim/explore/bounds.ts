/**
 * What a model may use up, over a whole run and all nodes together. Anything that is not bounded here may happen at any
 * time and any number of times: ticks of clocks, late timers, and messages that are lost, late or reordered.
 */
export interface Bounds {
  /** Campaigns for an epoch, and where ELECTION itself travels (carriage.ts) its rounds as well. */
  readonly campaigns: number;
  /** Configuration changes that a primary proposes. */
  readonly changes: number;
  /** Processes that crash and start again. */
  readonly reboots: number;
  /** Writes and snapshots during which something else happens at their node; all others are done at once. */
  readonly slowWrites: number;
  /** Hints, true or false, that a node is dead. */
  readonly hints: number;
  /** Messages that arrive and are still on their way. */
  readonly repeats: number;
}

export type Resource = keyof Bounds;

/** In the order in which they are printed. */
export const RESOURCES: readonly Resource[] = ['campaigns', 'changes', 'reboots', 'slowWrites', 'hints', 'repeats'];

/** The highest bound there may be. */
const BOUND_AT_MOST = 15;

const BITS = 4;

/** How much of everything was used: four bits each, in the order of `RESOURCES`. */
export type Spent = number;

/** `count` of one resource. */
export function spend(resource: Resource, count = 1): Spent {
  return count << (BITS * RESOURCES.indexOf(resource));
}

/** The bounds packed like what is spent. */
export function packBounds(bounds: Bounds): Spent {
  return RESOURCES.reduce((packed, resource) => packed + spend(resource, bounds[resource]), 0);
}

/** The first bound that `before` and `more` together exceed; undefined when they stay within all. */
export function exceeded(bounds: Spent, before: Spent, more: Spent): Resource | undefined {
  if (more === 0) return undefined;
  for (let place = 0; place < RESOURCES.length; place += 1) {
    const shift = BITS * place;
    const total = ((before >> shift) & BOUND_AT_MOST) + ((more >> shift) & BOUND_AT_MOST);
    if (total > ((bounds >> shift) & BOUND_AT_MOST)) return RESOURCES[place];
  }
  return undefined;
}

/** How much of one resource was used. */
export function used(spent: Spent, resource: Resource): number {
  return (spent >> (BITS * RESOURCES.indexOf(resource))) & BOUND_AT_MOST;
}

/**
 * What travels. `full`: everything. `lean`, for exhaustive search: only what safety rests on; the rest is lost, every time,
 * which is one way in which a network may behave, or stands in for what it could bring about:
 *
 * - ELECTION and its answers promise nothing and change nothing (PROTOCOL §3.2). Whoever asks is told `ok` by everybody,
 *   and campaigns: more campaigns than any answers of the real ones allow, so whatever is safe here is safe there.
 * - A refused vote, `outdated` and `heard` only report. What they hasten happens without them: a primary whose timer fires
 *   steps down, and any candidate may try again.
 * - A heartbeat that makes nothing visible is as good as none.
 * - `locate` and `located` only find out who leads, which a caller also hears from the replica beside it.
 */
export type MessageFilter = 'full' | 'lean';
