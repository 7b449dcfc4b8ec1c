import { isReachable } from '../gossip/state.ts';
import type { Gossip } from '../gossip/gossip.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { dataVoters, memberOf } from '../protocol/model/configuration.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { hearsPrimaryAt } from '../protocol/replica/follower.ts';
import type { Host } from './turn.ts';

// Consent of the groups to what is final for a disk: its removal, and another disk under its name (PROTOCOL §5.9).

/** The answer to a node that asks for a name that another disk has had. */
export type NameConsent =
  /** No group names the disk any more. */
  | { readonly type: 'free' }
  /** Its process was heard, or this one has not run long enough to call it silent. */
  | { readonly type: 'lives' }
  /** These groups have no primary that this process hears: they may need the disk. */
  | { readonly type: 'no-primary'; readonly groups: readonly GroupName[] }
  /** It is the only data server with a vote in these groups. */
  | { readonly type: 'alone'; readonly groups: readonly GroupName[] }
  /** These groups name the disk: it is removed first, and dropped by each of them. */
  | { readonly type: 'named'; readonly groups: readonly GroupName[] };

/** Whether the name `nodeId` of this directory may pass to another disk, at `millis` of the node's clock. */
export function consentToName(host: Host, nodeId: NodeId, millis: number): NameConsent {
  const { gossip } = host;
  const entry = gossip.services.find((service) => service.nodeId === nodeId);
  const isRemoved = entry?.standing === 'removed';
  if (nodeId === host.nodeId || (!isRemoved && mayLive(gossip, nodeId, millis))) return { type: 'lives' };
  if (gossip.fixed.planted.has('takes-name-without-consent')) return { type: 'free' };
  const leaderless = groupsWithoutPrimary(host, millis);
  if (leaderless.length > 0) return { type: 'no-primary', groups: leaderless };
  const alone = groupsServedAloneBy(gossip, nodeId);
  if (alone.length > 0) return { type: 'alone', groups: alone };
  const groups = groupsNaming(gossip, { nodeId });
  return groups.length > 0 ? { type: 'named', groups } : { type: 'free' };
}

/** Groups of which this process hears no primary. A primary that does not hear a quorum is none. */
export function groupsWithoutPrimary({ slots }: Host, millis: number): readonly GroupName[] {
  return Object.entries(slots).flatMap(([group, { app, replica }]) =>
    hearsPrimaryAt(replica, app.settings, millis) ? [] : [group],
  );
}

/** Groups whose newest configuration known here names the node as voter or learner, on `diskId` if that is given. */
function groupsNaming(
  { groups }: Pick<Gossip, 'groups'>,
  { nodeId, diskId }: { readonly nodeId: NodeId; readonly diskId?: string },
): readonly GroupName[] {
  return groups.flatMap(({ group, configuration }) => {
    const member = memberOf(configuration, nodeId);
    return member !== undefined && (diskId === undefined || member.diskId === diskId) ? [group] : [];
  });
}

/** Groups that name the disk of this process: until there is none, a removed or replaced disk stays and votes. */
export function groupsNamingOwnDisk({ gossip }: Pick<Host, 'gossip'>): readonly GroupName[] {
  if (gossip.fixed.planted.has('ends-while-counted')) return [];
  return groupsNaming(gossip, gossip.fixed.self);
}

/** Groups in which `nodeId` is the only data server with a vote. */
export function groupsServedAloneBy({ groups }: Pick<Gossip, 'groups'>, nodeId: NodeId): readonly GroupName[] {
  return groups.flatMap(({ group, configuration }) => {
    const voters = dataVoters(configuration);
    return voters.length === 1 && voters[0]?.nodeId === nodeId ? [group] : [];
  });
}

function mayLive(gossip: Gossip, nodeId: NodeId, millis: number): boolean {
  return millis - gossip.startedAt < gossip.fixed.settings.unreachableAfter || isReachable(gossip, nodeId, millis);
}
