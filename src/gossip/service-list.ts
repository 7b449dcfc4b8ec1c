import { FRONT_END } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import { dataVoters } from '../protocol/model/configuration.ts';
import type { Lifecycle } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import { compareTexts } from './merge.ts';
import { type Gossip, isReachable } from './state.ts';

/** One service of one node, for people and for whoever asks what there is. */
export interface ServiceRow {
  /** The group that a data server holds, or `front-end`. */
  readonly service: string;
  readonly nodeId: NodeId;
  /** `host:port` */
  readonly address: string;
  /** Whether it is the last primary of that group that anybody has told us of. */
  readonly primary: boolean;
  readonly incarnation: number;
  readonly standing: Lifecycle;
  /** Whether it has been found to live lately; whoever is not counts as gone for now. */
  readonly reachable: boolean;
}

/** All services of all nodes ever heard of, by service and then by node, as this node knows them at `millis` of its clock. */
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

/** Those of them that can be asked now: reached, and taking part. */
export function presentServices(gossip: Gossip, millis: number): readonly ServiceRow[] {
  return serviceList(gossip, millis).filter(({ standing, reachable }) => standing === 'member' && reachable);
}

/**
 * The data servers of `group` that are worth asking, sorted by node id: voters of its newest configuration that were not
 * removed. A learner leads nothing and may know next to nothing.
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
