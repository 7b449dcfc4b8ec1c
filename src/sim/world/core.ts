import type { NodeId } from '../../protocol/model/epoch.ts';

/** The reason why a core cannot serve. */
export interface Hopeless {
  readonly type: 'no-front-end' | 'no-data-voter' | 'no-quorum' | 'outvoted' | 'too-few-in-sync' | 'no-code';
  readonly reason: string;
}

/** The part of the cluster that is healed for the liveness phase. The rest stays broken. */
export interface Core {
  readonly nodes: readonly NodeId[];
  readonly broken: ReadonlyMap<NodeId, Breakage>;
  /** The reason why no core of these nodes can serve; undefined if this one must. */
  readonly hopeless: Hopeless | undefined;
  /** Whether one of them was primary of a group when the liveness phase began. */
  readonly hasPrimary: boolean;
}

/**
 * The breakage of a node outside the core. `crashed`: its host refuses connections. `gone`: silence. `cut off`: it
 * runs, and no message passes between it and the core. `mute`: it hears the core, and the core does not hear it. `busy`:
 * a migration without end keeps its process from everything else.
 */
export type Breakage = 'crashed' | 'gone' | 'cut off' | 'mute' | 'busy';

/** Whether messages from `from` to `to`, sent now or before, never arrive. */
export function isBrokenOff(core: Core | undefined, from: NodeId, to: NodeId): boolean {
  return core !== undefined && core.broken.has(from) && core.nodes.includes(to);
}

/** One reason why a cluster is not quiescent. */
export interface Pending {
  /**
   * A client (`c1`), a group (`events`), or a replica (`events at s2`); `service` for the invariant between the groups.
   */
  readonly where: string;
  readonly why: string;
}
