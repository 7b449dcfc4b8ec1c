import { approached, isPlausible } from './counters.ts';
import { compareEpochs, type Epoch, NO_EPOCH, type NodeId, sameEpoch } from './epoch.ts';
import type { Settings } from './settings.ts';

/**
 * The route to a group: its servers, its primary as last heard, and when to ask for the primary. A front end has one
 * per group, and so has a primary that calls another group.
 */
export interface GroupRoute {
  /** The group's data servers, in the order in which they take turns. */
  readonly servers: readonly NodeId[];
  /** The highest epoch of which a primary is known. Messages of a lower one are ignored (PROTOCOL §10.1). */
  readonly epoch: Epoch;
  /** How near this node has come to epoch counters that were too far above that of `epoch` to be taken. */
  readonly approached: number;
  /** The primary of `epoch`; undefined before the first one, and when that primary was lost. */
  readonly primary: NodeId | undefined;
  /**
   * A node that hears the primary of `epoch` while this one has no answer from it: what the primary must serve is sent
   * there, and forwarded (PROTOCOL §10.6).
   */
  readonly via: NodeId | undefined;
  /** Servers that left a request without an answer; they take no turn until they are heard again. */
  readonly silent: readonly NodeId[];
  /** When all servers were last asked for the primary, in milliseconds of the node's clock; undefined before that. */
  readonly askedAt: number | undefined;
  readonly turn: number;
}

export function groupRouteOf(servers: readonly NodeId[]): GroupRoute {
  return {
    servers,
    epoch: NO_EPOCH,
    approached: 0,
    primary: undefined,
    via: undefined,
    silent: [],
    askedAt: undefined,
    turn: 0,
  };
}

/** Replaces the servers of the group. A server that has left is not asked any more, and is not the primary. */
export function served(groupRoute: GroupRoute, servers: readonly NodeId[]): GroupRoute {
  const left = groupRoute.servers.filter((nodeId) => !servers.includes(nodeId));
  const { primary, via } = groupRoute;
  return {
    ...groupRoute,
    servers,
    via: via !== undefined && left.includes(via) ? undefined : via,
    // A primary that was not in the old list either may be newer than both.
    primary: primary !== undefined && left.includes(primary) ? undefined : primary,
    silent: groupRoute.silent.filter((nodeId) => !left.includes(nodeId)),
    turn: groupRoute.turn % Math.max(1, servers.length),
  };
}

/** Whether `epoch` is older than that of a primary already known. */
export function isOvertaken(groupRoute: GroupRoute, epoch: Epoch): boolean {
  return compareEpochs(epoch, groupRoute.epoch) < 0;
}

/**
 * Learns that `primary` leads in `epoch`, or (undefined) that `from` knows no primary. Returns the same route when that
 * changes nothing.
 * - An epoch beyond what elections can have reached is no epoch; it is approached, and taken when it is said again.
 * - An epoch counts only once its primary is named: a candidate that never won must not hide the primary that serves.
 * - An epoch bears the name of the one node that may lead in it. A node that names another has promised a newer epoch
 *   than that of the primary it remembers, and so knows none.
 * - A primary lost in this epoch is learned again only from itself: a server that has not noticed its death would name
 *   it.
 */
export function learned(groupRoute: GroupRoute, primary: NodeId | undefined, epoch: Epoch, from: NodeId): GroupRoute {
  const order = compareEpochs(epoch, groupRoute.epoch);
  if (order < 0) return groupRoute;
  const known = Math.max(groupRoute.epoch.counter, groupRoute.approached);
  if (!isPlausible(epoch.counter, known)) {
    const nearer = approached(known, epoch.counter);
    return nearer === known ? groupRoute : { ...groupRoute, approached: nearer };
  }
  if (primary === undefined || primary !== epoch.nodeId)
    return groupRoute.primary === from ? { ...groupRoute, primary: undefined } : groupRoute;
  if (order > 0) return { ...groupRoute, epoch, primary, via: undefined };
  return groupRoute.primary === undefined && primary === from ? { ...groupRoute, primary } : groupRoute;
}

/**
 * The node that an epoch is of answers that it is in an older one: the epoch was never one of the group, and was believed
 * by one that knew none yet. The route starts again from what is answered, while it names no primary; otherwise it stays.
 */
export function retracted(groupRoute: GroupRoute, primary: NodeId | undefined, epoch: Epoch, from: NodeId): GroupRoute {
  const isOwn = groupRoute.epoch.nodeId === from && compareEpochs(epoch, groupRoute.epoch) < 0;
  if (!isOwn || groupRoute.primary !== undefined) return groupRoute;
  return { ...groupRoute, epoch, primary: primary === epoch.nodeId ? primary : undefined, via: undefined };
}

/**
 * Learns that `from` hears `primary` in `epoch`: the way there, where the primary itself does not answer. Returns the
 * same route where it does, and while another way serves.
 */
export function bridged(groupRoute: GroupRoute, primary: NodeId | undefined, epoch: Epoch, from: NodeId): GroupRoute {
  if (primary === undefined || primary === from || primary !== epoch.nodeId) return groupRoute;
  if (!sameEpoch(epoch, groupRoute.epoch) || groupRoute.via !== undefined || isAnswering(groupRoute)) return groupRoute;
  return { ...groupRoute, via: from };
}

/** Where to send what the primary must serve: to itself, or to the node that forwards it. */
export function towardsPrimary(groupRoute: GroupRoute): NodeId | undefined {
  const { primary, via } = groupRoute;
  return via === undefined || isAnswering(groupRoute) ? primary : via;
}

/** Whether what is sent to `node` goes there to be forwarded to the primary. */
export function isRelay({ primary, via }: GroupRoute, node: NodeId): boolean {
  return node === via && node !== primary;
}

/** Whether the primary is known and has left no request without an answer. */
export function isAnswering({ primary, silent }: GroupRoute): boolean {
  return primary !== undefined && !silent.includes(primary);
}

/** `nodeId` has answered: it takes turns again. */
export function heard(groupRoute: GroupRoute, nodeId: NodeId): GroupRoute {
  if (!groupRoute.silent.includes(nodeId)) return groupRoute;
  const silent = groupRoute.silent.filter((other) => other !== nodeId);
  return { ...groupRoute, silent, via: groupRoute.primary === nodeId ? undefined : groupRoute.via };
}

/**
 * Whether `nodeId` may say who leads the group: one of its servers, or its primary, which may be newer than the list.
 */
export function mayTell({ servers, primary }: GroupRoute, nodeId: NodeId): boolean {
  return servers.includes(nodeId) || primary === nodeId;
}

/** `nodeId` has left a request without an answer. A primary stays primary: it may only be slow. */
export function silenced(groupRoute: GroupRoute, nodeId: NodeId): GroupRoute {
  const { silent, servers, primary } = groupRoute;
  const via = groupRoute.via === nodeId ? undefined : groupRoute.via;
  const isNews = (servers.includes(nodeId) || primary === nodeId) && !silent.includes(nodeId);
  if (!isNews && via === groupRoute.via) return groupRoute;
  return { ...groupRoute, silent: isNews ? [...silent, nodeId] : silent, via };
}

/** `nodeId` is suspected, or has said that it is not primary: the primary, or the way to it, is unknown. */
export function lost(groupRoute: GroupRoute, nodeId: NodeId): GroupRoute {
  const { primary, via } = groupRoute;
  if (primary !== nodeId && via !== nodeId) return groupRoute;
  return {
    ...groupRoute,
    primary: primary === nodeId ? undefined : primary,
    via: via === nodeId ? undefined : via,
  };
}

/**
 * When to ask all servers `locate` next, in milliseconds of the node's clock (0: at once): often while neither primary
 * nor a way to it is known, now and then while a server is silent, else never.
 */
export function locateDueAt(
  groupRoute: GroupRoute,
  settings: Pick<Settings, 'locateEvery' | 'retryAfter'>,
): number | undefined {
  if (groupRoute.primary !== undefined && groupRoute.silent.length === 0) return undefined;
  if (groupRoute.askedAt === undefined) return 0;
  const isKnown = towardsPrimary(groupRoute) !== undefined;
  return groupRoute.askedAt + (isKnown ? settings.retryAfter : settings.locateEvery);
}

/** All servers were asked for the primary at `millis`. */
export function asked(groupRoute: GroupRoute, millis: number): GroupRoute {
  return { ...groupRoute, askedAt: millis };
}

/** The next server in turn, passing over silent ones unless all are; undefined only for a group without servers. */
export function nextServer(groupRoute: GroupRoute): readonly [NodeId | undefined, GroupRoute] {
  const { servers, silent, turn } = groupRoute;
  for (let step = 0; step < servers.length; step += 1) {
    const nodeId = servers[(turn + step) % servers.length];
    if (nodeId !== undefined && !silent.includes(nodeId)) {
      return [nodeId, { ...groupRoute, turn: (turn + step + 1) % servers.length }];
    }
  }
  return [servers[turn], { ...groupRoute, turn: (turn + 1) % Math.max(1, servers.length) }];
}
