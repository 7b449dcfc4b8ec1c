import { approached, COUNTER_AT_MOST } from '../protocol/model/counters.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { type Gossip, isNamed, isNamedServer } from './state.ts';

/** Starts of one disk, and disks of one node, between two words of it: far more than a correct cluster makes. */
const LIVES_AT_MOST = 2 ** 20;
const DISKS_AT_MOST = 2 ** 10;

/** The same where a node speaks of itself: claims of others have it start with numbers that are far ahead. */
const OWN_LIVES_AT_MOST = 2 ** 40;
const OWN_DISKS_AT_MOST = 2 ** 20;

/** Starts that a claim about this node itself may be ahead: what several such words can have made others believe. */
const CLAIM_AT_MOST = 16 * LIVES_AT_MOST;

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
 * Whether `from` may say this of the node (PROTOCOL §5.8):
 * - of itself, and of unknown names, any node;
 * - of this node and of others that are known, a data server of some group;
 * - a front end of some group may not say of them that they left, were removed, or have another disk;
 * - a stranger says nothing of them.
 */
export function mayTell(gossip: Gossip, from: NodeId, entry: ServiceEntry): boolean {
  if (entry.nodeId === from || gossip.fixed.planted.has('believes-strangers')) return true;
  const known = knownOf(gossip, entry);
  if (known === undefined || isNamedServer(gossip, from)) return true;
  if (!isNamed(gossip, from)) return false;
  const isSame = entry.diskId === known.diskId && (entry.standing === 'member' || entry.standing === known.standing);
  return isSame || gossip.fixed.planted.has('lets-front-ends-remove');
}

/**
 * Whether what `from` says of another node may be true (PROTOCOL §2.5): a counter at the end of its range would hide all
 * that the node says later. What others say of a node is no further ahead of what is known, also of one that is unknown,
 * than that node itself could exceed.
 */
export function isCredible(gossip: Gossip, from: NodeId, entry: ServiceEntry): boolean {
  const known = knownOf(gossip, entry);
  const isFirsthand = from === entry.nodeId || gossip.fixed.planted.has('believes-first-life-it-hears');
  if (entry.generation - (known?.generation ?? 0) > (isFirsthand ? OWN_DISKS_AT_MOST : DISKS_AT_MOST)) return false;
  return livesAhead(known, entry) <= (isFirsthand ? OWN_LIVES_AT_MOST : LIVES_AT_MOST) && entry.beat <= COUNTER_AT_MOST;
}

/** The entry with a beat that is believed: one too far ahead is approached. */
export function withinReach(gossip: Gossip, entry: ServiceEntry): ServiceEntry {
  const beat = approached(beatBefore(knownOf(gossip, entry), entry), entry.beat);
  return beat < entry.beat ? { ...entry, beat } : entry;
}

/** What an entry about this node says. A later start of its disk is believed by the proof of that start alone. */
export function claimOf({ fixed, later }: Gossip, mine: ServiceEntry, entry: ServiceEntry): Claim {
  const { self, planted } = fixed;
  const { incarnation } = mine;
  if (planted.has('ends-on-unproven-life')) return { type: 'credible' };
  if (entry.generation - mine.generation > DISKS_AT_MOST) return { type: 'false' };
  if (livesAhead(mine, entry) > CLAIM_AT_MOST || entry.beat > COUNTER_AT_MOST) return { type: 'false' };
  const isThisDisk = entry.diskId === self.diskId && entry.generation === self.generation;
  if (!isThisDisk || entry.standing === 'removed' || entry.incarnation < incarnation) return { type: 'credible' };
  if (entry.incarnation === incarnation) {
    if (entry.beat <= mine.beat) return { type: 'credible' };
    return { type: 'ahead', beat: approached(mine.beat, entry.beat) };
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
  const isSound = entry.incarnation <= OWN_LIVES_AT_MOST && entry.beat <= COUNTER_AT_MOST;
  return isSound ? entry : { ...entry, incarnation: 0, beat: 0 };
}

function knownOf({ services }: Gossip, { nodeId }: ServiceEntry): ServiceEntry | undefined {
  return services.find((known) => known.nodeId === nodeId);
}

/** Starts between what is known of the entry's disk and what is said of it. */
function livesAhead(known: ServiceEntry | undefined, { diskId, incarnation }: ServiceEntry): number {
  return incarnation - (known?.diskId === diskId ? known.incarnation : 0);
}

/** The highest beat known of the entry's life; 0 of one that is new. */
function beatBefore(known: ServiceEntry | undefined, { diskId, incarnation }: ServiceEntry): number {
  return known?.diskId === diskId && known.incarnation === incarnation ? known.beat : 0;
}
