import { COUNTER_AT_MOST, isPlausible } from '../protocol/model/counters.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { type Gossip, isNamed } from './state.ts';

/** Starts of one disk, and disks of one node, between two words of it: far more than a correct cluster makes. */
const LIVES_AT_MOST = 2 ** 20;
const DISKS_AT_MOST = 2 ** 10;

/** Bounds on what is heard of an unknown node. */
const FIRST_LIVES_AT_MOST = 2 ** 40;
const FIRST_DISKS_AT_MOST = 2 ** 20;

/** What an entry about this node itself is taken for. */
export type Claim =
  /** As good as what is known, or a removal or another disk, which any node may pass on. */
  | { readonly type: 'credible' }
  /** A later start of this disk, without the proof that only such a start has. */
  | { readonly type: 'unproven'; readonly incarnation: number }
  /** This life, with a higher beat than it has given. */
  | { readonly type: 'ahead'; readonly beat: number }
  | { readonly type: 'false' };

/**
 * Whether `from` may say anything of the node (PROTOCOL §5.8): of itself, and of unknown names, any node; of this node
 * and of others that are known, a member of some group. A stranger removes and replaces none.
 */
export function mayTell(gossip: Gossip, from: NodeId, { nodeId }: ServiceEntry): boolean {
  if (nodeId === from || isNamed(gossip, from) || gossip.fixed.planted.has('believes-strangers')) return true;
  return gossip.services.every((known) => known.nodeId !== nodeId);
}

/**
 * Whether what is said of another node may be true (PROTOCOL §2.5): a counter at the end of its range would hide all
 * that the node says later.
 */
export function isCredible({ services }: Gossip, entry: ServiceEntry): boolean {
  const known = services.find(({ nodeId }) => nodeId === entry.nodeId);
  if (known !== undefined) return isWithin(known, entry);
  const isEarly = entry.incarnation <= FIRST_LIVES_AT_MOST && entry.generation <= FIRST_DISKS_AT_MOST;
  return isEarly && entry.beat <= COUNTER_AT_MOST;
}

/** What an entry about this node says. A later start of its disk is believed by the proof of that start alone. */
export function claimOf({ fixed, later }: Gossip, mine: ServiceEntry, entry: ServiceEntry): Claim {
  const { self, planted } = fixed;
  const { incarnation } = mine;
  if (planted.has('ends-on-unproven-life')) return { type: 'credible' };
  if (!isWithin(mine, entry)) return { type: 'false' };
  const isThisDisk = entry.diskId === self.diskId && entry.generation === self.generation;
  if (!isThisDisk || entry.standing === 'removed' || entry.incarnation < incarnation) return { type: 'credible' };
  if (entry.incarnation === incarnation) {
    return entry.beat > mine.beat ? { type: 'ahead', beat: entry.beat } : { type: 'credible' };
  }
  const proof = later[entry.incarnation - incarnation - 1];
  if (proof !== undefined && proof === entry.proof) return { type: 'credible' };
  return { type: 'unproven', incarnation: entry.incarnation };
}

/**
 * An entry as stored by an earlier process, with counters that can be exceeded: the address is worth keeping, a counter
 * at the end of its range is not.
 */
export function repaired(entry: ServiceEntry): ServiceEntry {
  const isSound = entry.incarnation <= FIRST_LIVES_AT_MOST && entry.beat <= COUNTER_AT_MOST;
  return isSound ? entry : { ...entry, incarnation: 0, beat: 0 };
}

function isWithin(known: ServiceEntry, entry: ServiceEntry): boolean {
  if (entry.generation - known.generation > DISKS_AT_MOST) return false;
  const isSameDisk = known.diskId === entry.diskId;
  const lives = isSameDisk && known.incarnation > 0 ? entry.incarnation - known.incarnation : entry.incarnation;
  const bound = isSameDisk && known.incarnation > 0 ? LIVES_AT_MOST : FIRST_LIVES_AT_MOST;
  const beat = isSameDisk && known.incarnation === entry.incarnation ? known.beat : 0;
  return lives <= bound && isPlausible(entry.beat, beat);
}
