import type { ZodType } from 'zod';
import type { App, Decided, Decoded, GroupName } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Json } from '../protocol/model/json.ts';

/** A service: its groups, and the paths under which front ends offer them. A new service changes `src/apps` only. */
export interface Service {
  readonly name: string;
  readonly apps: readonly App[];
  readonly routes: readonly Route[];
  /** The paths that each data server offers itself, without a front end; none by default. */
  readonly serverRoutes?: readonly Route[];
  /** The name of a group in lists of services (`POST /greet/…`), if it differs. */
  readonly calls?: Readonly<Record<GroupName, string>>;
  /**
   * The body of a front end's own responses (`Refusal` in respond.ts has the statuses). By default `{"error": reason}`,
   * and the `uuid` of a write whose outcome is unknown.
   */
  readonly refusal?: (status: number, reason: string, uuid: string | undefined) => Json;
  /** The schema of that body, if it is not the default one: for OpenAPI. */
  readonly refusalBody?: ZodType;
  /** Invariants between groups, over the furthest state of each. */
  readonly invariants: readonly ServiceInvariant[];
}

export interface ServiceInvariant {
  readonly name: string;
  /**
   * `states`: per group, the furthest state that any replica has ever had, even one that has crashed since. A primary
   * may have delivered a call whose entry its successor has yet to apply. Returns how the invariant is violated, if it
   * is.
   */
  broken(states: Readonly<Record<GroupName, unknown>>): string | undefined;
}

/**
 * One path. `plan` is called again after each outcome, and returns the next plan. So a request is plain data (the
 * decoded request and its outcomes), and can be kept, retried and replayed. At most one of its plans may be a write.
 */
export interface Route<Asked = unknown> {
  readonly method: 'GET' | 'POST';
  /** `/seats/:seatid/hold/:userid` */
  readonly path: string;
  /** For operators only: requires a proof of the cluster's secret. */
  readonly signed?: boolean;
  /** A GET that changes something: an image on a page of another origin could name it, so it is not taken from one. */
  readonly changes?: boolean;
  /**
   * Decodes untrusted parameters and the parsed body (undefined for an empty one), or says why not. Parameters are
   * those of the path, and of the query string those with other names; of a repeated one, the first.
   */
  decode(parameters: Readonly<Record<string, string>>, body: unknown): Decoded<Asked>;
  /** The purpose of the path, in a few words: for OpenAPI. */
  readonly summary?: string | undefined;
  /** Schemas of the parameters, the body and the answer of a 200: for OpenAPI. */
  readonly schemas?: { readonly parameters: ZodType; readonly body: ZodType; readonly answer?: ZodType | undefined };
  /** Other statuses that `plan` answers, with their causes: for OpenAPI. */
  readonly errors?: Readonly<Record<number, string>>;
  plan(asked: Asked, outcomes: readonly Decided[], view: FrontEndView): RoutePlan;
}

/** A route's view of its front end. */
export interface FrontEndView {
  /** Whether a data server is known to listen on `port`. */
  knowsPort(port: number): boolean;
  /** The primary of `group`, as last heard; undefined without one, or for an unknown group. */
  primaryOf(group: GroupName): NodeId | undefined;
  /** The cached answers. */
  cache(): CacheView;
}

/** The cache of a front end (PROTOCOL §10.5), for a route that shows it. */
export interface CacheView {
  /** The bound of `items`; 0: nothing is cached. */
  readonly size: number;
  /** Most recently used first. */
  readonly items: readonly CachedItem[];
  /** Cacheable reads that were answered from the cache, and those that were not. */
  readonly hits: number;
  readonly misses: number;
  /** Items dropped for lack of room, and those dropped because the group changed or may have changed. */
  readonly evictions: number;
  readonly invalidations: number;
}

export interface CachedItem {
  readonly group: GroupName;
  readonly key: string;
  readonly outcome: Decided;
  /** The index of the group's log at which the outcome was read. */
  readonly index: number;
}

export type RoutePlan =
  | { readonly type: 'write'; readonly group: GroupName; readonly command: Json }
  /**
   * - `fresh`: linearizable even if the client asks for a session read, and never from the cache.
   * - `cache`: an earlier outcome of a read with this key may be used, while nothing has invalidated it (PROTOCOL
   *   §10.5). Within a group, equal keys must mean equal queries.
   * - `list`: a list that is too long for one answer is read in pages, all of one state, and streamed to the client.
   *   The plan is asked once for each page, with the rows of that page as the outcome, and must answer each with status
   *   200 and an array, or an object with one array in it; the arrays are joined. Never from the cache.
   */
  | {
      readonly type: 'read';
      readonly group: GroupName;
      readonly query: Json;
      readonly fresh?: boolean;
      readonly cache?: string;
      readonly list?: boolean;
    }
  /** Drops the items of this key in every group; undefined: all items. Its outcome is the number of dropped items. */
  | { readonly type: 'forget'; readonly key: string | undefined }
  /** `body` undefined: an empty one. */
  | { readonly type: 'answer'; readonly status: number; readonly body: Json | undefined };

/** The body of a refusal: its status and reason, and the uuid of a write whose outcome is unknown. */
export type RefusalBody = NonNullable<Service['refusal']>;
