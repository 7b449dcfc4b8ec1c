import type { Member } from '../model/configuration.ts';
import type { Lifecycle } from '../model/directory.ts';
import { generationOf } from '../model/topology.ts';
import type { Replica } from './replica.ts';
import type { ReplicaTurn } from './turn.ts';

// The lifecycle of members, as this node's directory knows it. Hints: they decide what a primary proposes, never what
// counts.

/** What is asked: a replica, in a turn or outside of one. */
interface Knowing {
  readonly draft: Pick<Replica, 'services'>;
}

type DiskLifecycle = Lifecycle | 'replaced' | 'unknown';

/**
 * Lifecycle of a member's disk. `unknown`: the directory does not know it, or only an older one of the node.
 * `replaced`: it knows a newer one, so this disk is final.
 */
export function lifecycleOf(turn: Knowing, { nodeId, diskId }: Pick<Member, 'nodeId' | 'diskId'>): DiskLifecycle {
  const entry = turn.draft.services.find((service) => service.nodeId === nodeId);
  if (entry === undefined) return 'unknown';
  if (entry.diskId === diskId) return entry.standing;
  const newer = entry.generation - generationOf(diskId);
  return newer > 0 || (newer === 0 && entry.diskId > diskId) ? 'replaced' : 'unknown';
}

/** Whether a member is to have no vote: it is away, removed or replaced. */
export function isLeaving(turn: Knowing, member: Pick<Member, 'nodeId' | 'diskId'>): boolean {
  const standing = lifecycleOf(turn, member);
  return standing === 'away' || standing === 'removed' || standing === 'replaced';
}

/** Whether a member never returns under this disk. */
export function isGone(turn: ReplicaTurn, member: Pick<Member, 'nodeId' | 'diskId'>): boolean {
  const standing = lifecycleOf(turn, member);
  return standing === 'removed' || standing === 'replaced';
}

/** Whether this node itself is leaving. */
export function isLeavingItself(turn: ReplicaTurn): boolean {
  return isLeaving(turn, turn.draft.identity);
}
