import { isReachable } from '../../gossip/state.ts';
import type { Host } from '../../host/host.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { members, voterOf } from '../../protocol/model/configuration.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';

/** A duty of a node in a group: primary, voter, or learner. */
export interface Duty {
  readonly group: GroupName;
  readonly as: 'primary' | 'voter' | 'learner';
}

/** The duties of `nodeId` as far as this process knows, sorted by group. */
export function dutiesOf(host: Host, nodeId: NodeId): readonly Duty[] {
  return host.gossip.groups.flatMap(({ group, primary, configuration }): readonly Duty[] => {
    const leads = nodeId === host.nodeId ? host.slots[group]?.replica.leading !== undefined : primary === nodeId;
    if (leads) return [{ group, as: 'primary' }];
    if (voterOf(configuration, nodeId) !== undefined) return [{ group, as: 'voter' }];
    return members(configuration).some((member) => member.nodeId === nodeId) ? [{ group, as: 'learner' }] : [];
  });
}

/** Duties that a group may need for a majority: primary and voter. */
export function criticalDutiesOf(host: Host, nodeId: NodeId): readonly Duty[] {
  return dutiesOf(host, nodeId).filter(({ as }) => as !== 'learner');
}

/** The duties as text: `primary of events, learner of users`. */
export function showDuties(duties: readonly Duty[]): string {
  return duties.map(({ group, as }) => `${as} of ${group}`).join(', ');
}

/** Whether another node of this one's kind is reachable and stays, so that it can take over. */
export function hasDeputy({ gossip, nodeId }: Host, millis: number): boolean {
  const { kind } = gossip.fixed.self;
  return gossip.services.some(
    (entry) =>
      entry.nodeId !== nodeId &&
      entry.kind === kind &&
      entry.standing === 'member' &&
      isReachable(gossip, entry.nodeId, millis),
  );
}
