import type { Map } from 'immutable';
import type { GroupName, Outcome } from '../protocol/model/app.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import type { GroupRoute } from '../protocol/model/group-route.ts';
import type { PlantedBug } from '../protocol/model/mutants.ts';
import type { Settings } from '../protocol/model/settings.ts';
import type { Router } from '../service/router.ts';
import type { Plan, RefusalBody } from '../service/service.ts';
import type { ClientRequest } from './admit.ts';
import type { Cache } from './cache.ts';
import type { Deadlines } from './deadlines.ts';
import type { TokenVector } from './tokens.ts';

/** A front end between two steps. Persistent: an old one is never changed. */
export interface FrontEnd {
  readonly fixed: Fixed;
  /** The ports on which data servers listen, as far as they are known. */
  readonly ports: readonly number[];
  /** Whether nothing new is taken. */
  readonly isDraining: boolean;
  /** Per group: who leads it, as far as is known. */
  readonly groupRoutes: Readonly<Record<GroupName, GroupRoute>>;
  /** The most that any reply rested on: no session read through this front end returns anything older. */
  readonly seen: TokenVector;
  readonly cache: Cache;
  /** What the primaries were asked to tell of changes, by group; of those alone that have had a cached read. */
  readonly watches: Readonly<Record<GroupName, Watch>>;
  /** By which this process knows answers to its own such questions; undefined before the first. */
  readonly watchName: string | undefined;
  /** The highest Lamport timestamp seen in a reply of any group. */
  readonly lamport: number;
  /** The requests that wait for something, by the id of the HTTP request. */
  readonly pending: Map<number, PendingRequest>;
  /** When they are to be looked at. An entry whose request has another `dueAt` by now, or is gone, means nothing. */
  readonly deadlines: Deadlines;
}

/** What does not change while the process lives. */
export interface Fixed {
  readonly groups: readonly GroupName[];
  readonly router: Router;
  readonly settings: Settings;
  /** This node, if it is a data server: its own replica is asked first where any would do. */
  readonly home: NodeId | undefined;
  /** The body of what the front end says by itself. */
  readonly refusal: RefusalBody;
  readonly planted: ReadonlySet<PlantedBug>;
}

/** One request on its way: plain data, so that it can be sent again. */
export interface PendingRequest {
  readonly clientRequest: ClientRequest;
  /** When it is given up, in milliseconds of the node's clock. */
  readonly expiresAt: number;
  /** What the route's earlier calls came to. */
  readonly outcomes: readonly Outcome[];
  /** What the client had seen, and what the outcomes rest on. */
  readonly tokens: TokenVector;
  /** Whether this call, or one before it, is a write. */
  readonly writes: boolean;
  /** Whether any of it was found in the cache; undefined while nothing was looked for there. */
  readonly cache: 'hit' | 'miss' | undefined;
  /** What it waits for now. */
  readonly call: Call;
  /** Names this call in its replies. */
  readonly callId: string;
  /** The node that owes the answer; undefined while it waits for a primary, or before it tries again. */
  readonly sentTo: NodeId | undefined;
  /** How often this call has been sent. */
  readonly attempts: number;
  /** When to look at it again, at the latest `expiresAt`. */
  readonly dueAt: number;
}

type Call = Exclude<Plan, { readonly type: 'answer' | 'forget' }>;

/** The same call, waiting for something else. Every request passes here, and spreading it would cost ten times as much. */
export function waiting(
  pending: PendingRequest,
  sentTo: NodeId | undefined,
  attempts: number,
  dueAt: number,
): PendingRequest {
  const { clientRequest, expiresAt, outcomes, tokens, writes, cache, call, callId } = pending;
  return { clientRequest, expiresAt, outcomes, tokens, writes, cache, call, callId, sentTo, attempts, dueAt };
}

/** Only the primary will do: for a write, and for a linearizable read unless reads are spread. */
export function wantsPrimary(fixed: Fixed, pending: PendingRequest): boolean {
  return pending.call.type === 'write' || (fixed.settings.reads === 'primary' && modeOf(pending) === 'linearizable');
}

/** How the read `pending` waits for is to be read. */
export function modeOf({ call, clientRequest }: PendingRequest): 'linearizable' | 'session' {
  const isFresh = call.type === 'read' && call.fresh === true;
  return clientRequest.mode === 'session' && !isFresh ? 'session' : 'linearizable';
}

/** What was asked of the primary of a group. */
export interface Watch {
  /** The primary of this epoch was asked last; another one knows nothing of it. */
  readonly epoch: Epoch;
  /** When, in milliseconds of the node's clock; undefined: it is to be asked at once. */
  readonly askedAt: number | undefined;
  /** From where on. */
  readonly from: number;
  /** Whether an answer is on its way that will be kept, though none may be yet. */
  readonly isWanted: boolean;
}
