import { Map, Set } from 'immutable';
import type { GroupName } from '../protocol/model/app.ts';
import { versionOf } from '../protocol/model/app-versions.ts';
import { assert, unreachable } from '../protocol/model/assert.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { Moment } from '../protocol/model/effects.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import {
  asked,
  type GroupRoute,
  groupRouteOf,
  isRelay,
  locateDueAt,
  lost,
  served,
  silenced,
} from '../protocol/model/group-route.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/model/mutants.ts';
import { sooner } from '../protocol/model/sooner.ts';
import type { Settings } from '../protocol/model/settings.ts';
import { routerOf } from '../service/router.ts';
import type { Service } from '../service/service.ts';
import { learn, listen, receive } from './advance.ts';
import { EMPTY_CACHE } from './cache.ts';
import { NO_DEADLINES } from './deadlines.ts';
import { expireDue, refuseHeld, resendReads, sendWaiting } from './dispatch.ts';
import { fenceDueAt, keepFences } from './fences.ts';
import type { FrontEndEffect, FrontEndInput } from './front-end-io.ts';
import { clientTook } from './list-pages.ts';
import { keepProbing, probeDueAt, wayOf } from './probe.ts';
import { containedRefusal, plainRefusal } from './respond.ts';
import type { FrontEnd, PendingRequest } from './state.ts';
import { NOTHING_SEEN } from './tokens.ts';
import {
  type FrontEndTurn,
  groupRouteTo,
  knownGroupRoute,
  newTurn,
  note,
  release,
  send,
  setGroupRoute,
  takeDue,
} from './turn.ts';
import { keepWatch, watchDueAt } from './watch.ts';

export type { FrontEnd } from './state.ts';

/** The place of a front end in the cluster. */
export interface FrontEndPlace {
  readonly node: NodeId;
  /** The first data servers of each group of the service. */
  readonly servers: Readonly<Record<GroupName, readonly NodeId[]>>;
  /**
   * Whether this node is a data server. Then its own replica answers a session read that it has the index for, and it
   * locates primaries only while a request waits for one.
   */
  readonly hasReplicas?: boolean;
}

/** A front end before its first input. `planted` is empty except in the simulator. */
export function createFrontEnd(
  service: Service,
  settings: Settings,
  place: FrontEndPlace,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): FrontEnd {
  assert(
    settings.retryAfter > 0 && settings.locateEvery > 0 && settings.watchEvery > 0,
    'retry intervals are positive',
  );
  const groups = service.apps.map(({ name }) => name);
  return {
    fixed: {
      groups,
      newestCode: Object.fromEntries(service.apps.map((app) => [app.name, versionOf(app)])),
      router: routerOf(service.routes),
      settings,
      home: place.hasReplicas === true ? place.node : undefined,
      refusal: service.refusal === undefined ? plainRefusal : containedRefusal(service.refusal),
      planted,
    },
    ports: [],
    isDraining: false,
    isOutlived: false,
    groupRoutes: Object.fromEntries(groups.map((group) => [group, groupRouteOf(place.servers[group] ?? [])])),
    seen: NOTHING_SEEN,
    cache: EMPTY_CACHE,
    watches: {},
    probes: {},
    watchName: undefined,
    times: {},
    sessions: {},
    openings: {},
    versions: {},
    lamport: 0,
    pending: Map<number, PendingRequest>(),
    heldSize: 0,
    lists: Set<number>(),
    deadlines: NO_DEADLINES,
  };
}

/**
 * One step of a front end (PROTOCOL §10): routes requests by group, gives each write a uuid, keeps it pending while
 * there is no primary, retries under the same uuid, and ignores messages of a lower epoch.
 */
export function stepFrontEnd(
  frontEnd: FrontEnd,
  input: FrontEndInput,
  now: Moment,
): [FrontEnd, readonly FrontEndEffect[]] {
  const turn = newTurn(frontEnd, now);
  applyInput(turn, input);
  expireDue(turn);
  sendWaiting(turn);
  keepProbing(turn);
  keepFences(turn);
  locate(turn);
  keepWatch(turn);
  deliver(turn);
  // Nothing is due any more; this drops the deadlines of answered requests, which would wake the driver for nothing.
  takeDue(turn, Number.NEGATIVE_INFINITY);
  return [turn.draft, turn.effects];
}

/** When `wake` is due, in milliseconds of the node's clock; 0 means at once, undefined never. */
export function frontEndWakeAt(frontEnd: FrontEnd): number | undefined {
  const { groupRoutes, deadlines, fixed } = frontEnd;
  const asks = isAsking(frontEnd);
  let soonest = deadlines?.at;
  for (const group of fixed.groups) {
    const groupRoute = groupRoutes[group];
    const locateAt = groupRoute === undefined || !asks ? undefined : locateDueAt(groupRoute, fixed.settings);
    soonest = sooner(sooner(soonest, locateAt), sooner(watchDueAt(frontEnd, group), probeDueAt(frontEnd, group)));
    soonest = sooner(soonest, fenceDueAt(frontEnd, group));
  }
  return soonest;
}

/** The front end's part of `GET /status`. */
export interface FrontEndStatus {
  /** Whether it refuses new requests; with none pending, the process may end. */
  readonly draining: boolean;
  /** The number of pending requests. */
  readonly held: number;
  /** The primary of each group as last heard, in the order of the service. */
  readonly groups: readonly {
    readonly group: GroupName;
    readonly primary: NodeId | undefined;
    readonly epoch: Epoch;
    /** The node to which requests for the primary go: itself, or one that forwards them; undefined: none answers. */
    readonly servedBy: NodeId | undefined;
    /** The version of its state, and the newest one that this build has the code of. */
    readonly version: number;
    readonly newestCode: number;
  }[];
}

export function frontEndStatus(frontEnd: FrontEnd): FrontEndStatus {
  const groups = frontEnd.fixed.groups.flatMap((group) => {
    const groupRoute: GroupRoute | undefined = frontEnd.groupRoutes[group];
    if (groupRoute === undefined) return [];
    const { primary, epoch } = groupRoute;
    const version = frontEnd.versions[group] ?? 1;
    const newestCode = frontEnd.fixed.newestCode[group] ?? 1;
    return [{ group, primary, epoch, servedBy: wayOf(groupRoute), version, newestCode }];
  });
  return { draining: frontEnd.isDraining, held: frontEnd.pending.size, groups };
}

function isAsking({ fixed, pending }: FrontEnd): boolean {
  return fixed.home === undefined || pending.size > 0;
}

function applyInput(turn: FrontEndTurn, input: FrontEndInput): void {
  switch (input.type) {
    case 'requests':
      for (const request of input.requests) receive(turn, request);
      return undefined;
    case 'gone':
      return release(turn, input.id);
    case 'taken':
      return clientTook(turn, input.id);
    case 'message':
      return listen(turn, input.from, input.message);
    case 'led':
      // The witness on this node has heard the primary itself.
      return learn(turn, input.group, input.primary, input.epoch, input.primary);
    case 'suspected':
      return suspect(turn, input.nodeId);
    case 'servers':
      return setServers(turn, input.group, input.servers);
    case 'services':
      turn.draft.ports = portsOf(input.services);
      return undefined;
    case 'drain':
      turn.draft.isDraining = true;
      return undefined;
    case 'outlived':
      turn.draft.isOutlived = input.isSo;
      return input.isSo ? refuseHeld(turn) : undefined;
    case 'wake':
      return undefined;
    default:
      return unreachable(input);
  }
}

function suspect(turn: FrontEndTurn, nodeId: NodeId): void {
  for (const group of turn.draft.fixed.groups) {
    setGroupRoute(turn, group, lost(silenced(knownGroupRoute(turn, group), nodeId), nodeId));
  }
  resendReads(turn, nodeId);
}

/**
 * Replaces a group's servers. Reads in flight to one that has left are sent to another; writes wait for the next
 * primary.
 */
function setServers(turn: FrontEndTurn, group: GroupName, servers: readonly NodeId[]): void {
  const groupRoute = groupRouteTo(turn, group);
  if (groupRoute === undefined) return;
  setGroupRoute(turn, group, served(groupRoute, servers));
  for (const nodeId of groupRoute.servers) {
    if (!servers.includes(nodeId)) resendReads(turn, nodeId, group);
  }
}

function portsOf(services: readonly ServiceEntry[]): readonly number[] {
  return services
    .filter(({ kind, standing }) => kind === 'server' && standing !== 'removed')
    .map(({ address }) => Number(address.slice(address.lastIndexOf(':') + 1)));
}

/** Asks all servers of each group for its primary, when due. */
function locate(turn: FrontEndTurn): void {
  const { fixed } = turn.draft;
  if (!isAsking(turn.draft)) return;
  for (const group of fixed.groups) {
    const groupRoute = knownGroupRoute(turn, group);
    const dueAt = locateDueAt(groupRoute, fixed.settings);
    if (dueAt === undefined || dueAt > turn.now.millis) continue;
    for (const node of groupRoute.servers) send(turn, node, group, { type: 'locate' });
    setGroupRoute(turn, group, asked(groupRoute, turn.now.millis));
  }
}

/** Turns gathered requests into messages, and notes the groups for which requests began to wait. */
function deliver(turn: FrontEndTurn): void {
  const { fixed, pending, lamport } = turn.draft;
  const { batchAtMost } = fixed.settings;
  for (const { node, group, items } of turn.outgoing) {
    const groupRoute = knownGroupRoute(turn, group);
    const { epoch } = groupRoute;
    for (let from = 0; from < items.length; from += batchAtMost) {
      const batch = { epoch, lamport, items: items.slice(from, from + batchAtMost) };
      send(
        turn,
        node,
        group,
        isRelay(groupRoute, node) ? { type: 'relay', origin: undefined, ...batch } : { type: 'requests', ...batch },
      );
    }
  }
  for (const group of turn.awaited) note(turn, { type: 'holds', group, held: pending.size });
}
