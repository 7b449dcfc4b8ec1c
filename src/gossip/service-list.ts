import { FRONT_END } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { dataVoters } from '../protocol/model/configuration.ts';
import type { Lifecycle } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { compareTexts } from './merge.ts';
import { type Gossip, isReachable } from './state.ts';

/** One service of one node, for status output and for routing. */
export interface ServiceRow {
  /** The group of a data server's replica, or `front-end`. */
  readonly service: string;
  readonly nodeId: NodeId;
  /** `host:port` */
  readonly address: string;
  /** Whether it is the group's primary, as last heard. */
  readonly primary: boolean;
  readonly incarnation: number;
  readonly standing: Lifecycle;
  /** Whether it is reachable: its beat has risen within `unreachableAfter`. */
  readonly reachable: boolean;
}

/** All services of all known nodes, by service, then node; as this node knows them at `millis` of its clock. */
export function serviceList(gossip: Gossip, millis: number): readonly ServiceRow[] {
  const rows = gossip.services.flatMap(({ nodeId, kind, address, incarnation, standing }) => {
    const reachable = isReachable(gossip, nodeId, millis);
    const offered = kind === 'frontend' ? [FRONT_END] : gossip.fixed.groups;
    return offered.map((service): ServiceRow => {
      const primary = gossip.groups.some((view) => view.group === service && view.primary === nodeId);
      return { service, nodeId, address, primary, incarnation, standing, reachable };
    });
  });
  return rows.sort((a, b) => compareTexts(a.service, b.service) || compareTexts(a.nodeId, b.nodeId));
}

/** The services that can be asked now: reachable, and members. */
export function presentServices(gossip: Gossip, millis: number): readonly ServiceRow[] {
  return serviceList(gossip, millis).filter(({ standing, reachable }) => standing === 'member' && reachable);
}

/**
 * The data servers of `group` to ask, sorted by node id: voters of its newest configuration that were not removed. A
 * learner is never primary, and may lack most of the log.
 */
export function serversOf({ groups, services }: Gossip, group: GroupName): readonly NodeId[] {
  const view = groups.find((known) => known.group === group);
  if (view === undefined) return [];
  const removed = new Set(services.filter(({ standing }) => standing === 'removed').map(({ nodeId }) => nodeId));
  return dataVoters(view.configuration)
    .map(({ nodeId }) => nodeId)
    .filter((nodeId) => !removed.has(nodeId))
    .sort(compareTexts);
}
