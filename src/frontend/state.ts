import type { Map, Set } from 'immutable';
import type { Decided, GroupName } from '../protocol/model/app.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import type { GroupRoute } from '../protocol/model/group-route.ts';
import type { Json } from '../protocol/model/json.ts';
import type { PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { Router } from '../service/router.ts';
import type { RefusalBody, RoutePlan } from '../service/service.ts';
import type { ClientRequest } from './admit.ts';
import type { Cache } from './cache.ts';
import type { Deadlines } from './deadlines.ts';
import type { GivenNumber, Opening, OwnSession } from './numbers.ts';
import type { TokenVector } from './tokens.ts';

/** The state of a front end. Persistent. */
export interface FrontEnd {
  readonly fixed: Fixed;
  /** The ports of all known data servers. */
  readonly ports: readonly number[];
  /** Whether new requests are refused. */
  readonly isDraining: boolean;
  /** Whether the cluster has begun another history, without this node: all requests are refused. */
  readonly isOutlived: boolean;
  /** The route to each group. */
  readonly groupRoutes: Readonly<Record<GroupName, GroupRoute>>;
  /** The highest index of each group in any reply: no session read through this front end returns anything older. */
  readonly seen: TokenVector;
  readonly cache: Cache;
  /** The watches of primaries, by group; only of groups that have had a cached read. */
  readonly watches: Readonly<Record<GroupName, Watch>>;
  /** What is known of the node that serves each group; empty at a data server. */
  readonly probes: Readonly<Record<GroupName, Probe>>;
  /** Names this process in its watches; undefined before the first. */
  readonly watchName: string | undefined;
  /** The cluster time of each group, as its primary has told it. */
  readonly times: Readonly<Record<GroupName, GroupTime>>;
  /** The write sessions by group, the one in use first, and the request for one under way. */
  readonly sessions: Readonly<Record<GroupName, readonly OwnSession[]>>;
  readonly openings: Readonly<Record<GroupName, Opening | undefined>>;
  /** The version of each group's state, as its primary has told it; 1 before. */
  readonly versions: Readonly<Record<GroupName, number>>;
  /** The highest Lamport time in a reply of any group. */
  readonly lamport: number;
  /** Pending requests, by the id of the HTTP request. */
  readonly pending: Map<number, PendingRequest>;
  /** Their sizes added up. */
  readonly heldSize: number;
  /** Those of them that read a list. */
  readonly lists: Set<number>;
  /** When to look at them again. An entry is void once its request has another `dueAt` or was answered. */
  readonly deadlines: Deadlines;
}

/** Constants of the process. */
export interface Fixed {
  readonly groups: readonly GroupName[];
  /** The newest version of each group's code that this build has. */
  readonly newestCode: Readonly<Record<GroupName, number>>;
  readonly router: Router;
  readonly settings: Settings;
  /** This node, if it is a data server: its own replica is asked first where any would do. */
  readonly home: NodeId | undefined;
  /** The body of the front end's own responses. */
  readonly refusal: RefusalBody;
  readonly planted: ReadonlySet<PlantedBug>;
}

/** A group's cluster time in Unix milliseconds, as it was told in `epoch`, and when that was heard. */
export interface GroupTime {
  readonly epoch: Epoch;
  readonly time: number;
  /** Milliseconds of this node's monotonic clock. */
  readonly at: number;
  /** Whether another server believes it; the primary has not told the time yet. */
  readonly isHearsay: boolean;
}

/** A pending request: plain data, so that it can be sent again. */
export interface PendingRequest {
  readonly clientRequest: ClientRequest;
  /** When it ends as unknown, in milliseconds of the node's clock. */
  readonly expiresAt: number;
  /** Bytes of the request and of `outcomes`. */
  readonly size: number;
  /** The outcomes of the route's earlier calls. */
  readonly outcomes: readonly Decided[];
  /** The client's tokens, raised by the outcomes. */
  readonly tokens: TokenVector;
  /** Whether this call, or an earlier one of the request, is a write. */
  readonly writes: boolean;
  /** Whether any outcome came from the cache; undefined while none was looked up. */
  readonly cache: 'hit' | 'miss' | undefined;
  /** The call under way. */
  readonly call: Call;
  /** Names this call in its replies. */
  readonly callId: string;
  /** The node that owes the answer; undefined while the request waits for a primary, or backs off. */
  readonly sentTo: NodeId | undefined;
  /** It was sent there to be forwarded: that node leads no group, or did not when it was asked. */
  readonly isRelayed: boolean;
  /** How often this call has been sent. */
  readonly attempts: number;
  /** When to look at it again, at the latest `expiresAt`. */
  readonly dueAt: number;
  /** The answer that has begun, of a list in pages. */
  readonly list: ListProgress | undefined;
  /** The number of its write, once it has one; undefined for a write with a client's key. */
  readonly given: GivenNumber | undefined;
}

/** An answer that is streamed, page by page. */
export interface ListProgress {
  /** The node that keeps the version of the list. */
  readonly node: NodeId;
  /** The index of that version. */
  readonly at: number;
  /** The place of the first row of the next page. */
  readonly from: number;
  /** The text behind the last row. */
  readonly tail: string;
  /** Whether the next page is asked for; otherwise the client has yet to take the last one. */
  readonly isWanted: boolean;
  /** How long the client took for all pages before the last one, in milliseconds. */
  readonly takenFor: number;
}

type Call = Exclude<RoutePlan, { readonly type: 'answer' | 'forget' }>;

/**
 * The same call with another target or deadline. Every request passes here; an object spread would cost ten times as
 * much.
 */
export function waiting(
  pending: PendingRequest,
  sentTo: NodeId | undefined,
  attempts: number,
  dueAt: number,
  isRelayed = false,
): PendingRequest {
  const { clientRequest, expiresAt, size, outcomes, tokens, writes, cache, call, callId, list, given } = pending;
  return {
    clientRequest,
    expiresAt,
    size,
    outcomes,
    tokens,
    writes,
    cache,
    call,
    callId,
    sentTo,
    isRelayed,
    attempts,
    dueAt,
    list,
    given,
  };
}

/** The command of the write under way; undefined while the request reads, after its write at times. */
export function commandOf({ call }: Pick<PendingRequest, 'call'>): Json | undefined {
  return call.type === 'write' ? call.command : undefined;
}

/** Whether the primary must serve it: for a write, and for a linearizable read unless reads are spread. */
export function wantsPrimary(fixed: Fixed, pending: PendingRequest): boolean {
  if (pending.list !== undefined) return false;
  return pending.call.type === 'write' || (fixed.settings.reads === 'primary' && modeOf(pending) === 'linearizable');
}

/** The mode of the read under way. */
export function modeOf({ call, clientRequest }: PendingRequest): 'linearizable' | 'session' {
  const isFresh = call.type === 'read' && call.fresh === true;
  return clientRequest.mode === 'session' && !isFresh ? 'session' : 'linearizable';
}

/** A watch of a group's primary. */
export interface Watch {
  /** The epoch of the primary asked last; a primary of another epoch does not know the watch. */
  readonly epoch: Epoch;
  /** When it was asked, in milliseconds of the node's clock; undefined: it is due at once. */
  readonly askedAt: number | undefined;
  /** The index from which changes are told. */
  readonly from: number;
  /** Whether an answer under way will be cached, though none is yet. */
  readonly isWanted: boolean;
}

/** What is known of the node to which requests for a group's primary go. */
export interface Probe {
  readonly node: NodeId;
  /** When it answered last, or was chosen, in milliseconds of the node's clock. */
  readonly answeredAt: number;
  /** When it was asked since; undefined: not since its last answer. */
  readonly askedAt: number | undefined;
}
