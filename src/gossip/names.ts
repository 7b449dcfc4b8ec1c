import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { isNodeName } from '../protocol/model/node-name.ts';
import { type Gossip, isNamed } from './state.ts';

/** The bound of the directory: new nodes beyond it are ignored, known ones still updated. */
export const SERVICES_AT_MOST = 1_000;

/** Unknown names taken from one message. */
const NEW_AT_ONCE = 32;

/** Characters of a disk id. */
export const DISK_ID_AT_MOST = 200;

/** How long a name is kept of which others have told and that has given no sign of life. In milliseconds. */
const HEARSAY_FOR = 60_000;

/** How long a process keeps a stored name that it does not hear of and that no group names. In milliseconds. */
const UNHEARD_FOR = 600_000;

/**
 * The unknown names that are taken from a message: of a sender that is known, or names itself there; few at a time, while
 * there is room. One that was dropped for its silence must have given a sign of life since.
 */
export function strangersTaken(
  gossip: Gossip,
  from: NodeId,
  strangers: readonly ServiceEntry[],
): readonly ServiceEntry[] {
  const { services, dropped } = gossip;
  const mayName = isNamed(gossip, from) || [...services, ...strangers].some(({ nodeId }) => nodeId === from);
  const sound = strangers.filter((entry) => isSound(entry) && mayName && isAlive(dropped.get(entry.nodeId), entry));
  return sound.filter(({ nodeId }, place) => nodeId === from || place < NEW_AT_ONCE).slice(0, roomIn(gossip));
}

/** Places for further names: unused ones, and those of removed nodes that no group names any more. */
export function roomIn(gossip: Pick<Gossip, 'services' | 'groups'>): number {
  const { services } = gossip;
  return SERVICES_AT_MOST - services.length + services.filter((entry) => isSpent(gossip, entry)).length;
}

/** The directory without as many spent names as it is too long. */
export function withinBound(gossip: Pick<Gossip, 'services' | 'groups'>): readonly ServiceEntry[] {
  const { services } = gossip;
  let excess = services.length - SERVICES_AT_MOST;
  return excess <= 0 ? services : services.filter((entry) => !isSpent(gossip, entry) || (excess -= 1) < 0);
}

/** The directory without names that were never reached, at `millis`. */
export function withoutUnheard(gossip: Gossip, millis: number): readonly ServiceEntry[] {
  const { services, hearsay, risenAt, startedAt, fixed } = gossip;
  return services.filter((entry) => {
    const { nodeId, standing } = entry;
    if (nodeId === fixed.self.nodeId || standing === 'removed' || isNamed(gossip, nodeId)) return true;
    const since = hearsay.get(nodeId);
    if (since !== undefined) return millis - since < HEARSAY_FOR;
    return millis - startedAt < UNHEARD_FOR || (risenAt.get(nodeId) ?? startedAt) > startedAt;
  });
}

/** Whether `entry` says more of its process than `known`: another disk, a later start, or a higher beat. */
export function isAlive(known: ServiceEntry | undefined, entry: ServiceEntry): boolean {
  if (known === undefined || known.diskId !== entry.diskId) return true;
  return entry.incarnation > known.incarnation || entry.beat > known.beat;
}

/** Whether an entry from elsewhere has a name and a disk id of the shape that they have. */
export function isSound({ nodeId, diskId }: ServiceEntry): boolean {
  return isNodeName(nodeId) && diskId.length <= DISK_ID_AT_MOST;
}

/** A removed node that no group names: its place is for another one, where places are short. */
function isSpent(gossip: Pick<Gossip, 'groups'>, { nodeId, standing }: ServiceEntry): boolean {
  return standing === 'removed' && !isNamed(gossip, nodeId);
}
