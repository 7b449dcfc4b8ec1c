import type { NodeId } from '../../protocol/model/epoch.ts';

/** Why nobody can make a core serve. */
export interface Hopeless {
  readonly type: 'no-front-end' | 'no-data-voter' | 'no-quorum' | 'outvoted' | 'too-few-in-sync';
  readonly reason: string;
}

/** The part of the cluster that is healed at the end of a run. The rest stays broken for good. */
export interface Core {
  readonly nodes: readonly NodeId[];
  readonly broken: ReadonlyMap<NodeId, Breakage>;
  /** Why no core of these nodes can serve; undefined if this one must. */
  readonly hopeless: Hopeless | undefined;
  /** Whether one of them led a group when the rest was broken off. */
  readonly hasPrimary: boolean;
}

/**
 * How a node outside the core is broken. `crashed`: its host refuses connections. `gone`: silence. `cut off`: it runs, and
 * nothing passes between it and the core. `mute`: it hears the core, and the core does not hear it.
 */
export type Breakage = 'crashed' | 'gone' | 'cut off' | 'mute';

/** Whether the core hears nothing of what `from` says to `to`, sent now or before. */
export function isBrokenOff(core: Core | undefined, from: NodeId, to: NodeId): boolean {
  return core !== undefined && core.broken.has(from) && core.nodes.includes(to);
}

/** One reason why a cluster is not at rest. */
export interface Pending {
  /** A client (`c1`), a group (`events`), or a replica (`events at s2`); `service` for what is between the groups. */
  readonly where: string;
  readonly why: string;
}
