import type { ZodType } from 'zod';
import type { App, Decoded, GroupName, Outcome } from '../protocol/model/app.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Json } from '../protocol/model/json.ts';

/** A service: its groups, and the paths under which a front end offers them. Adding one touches `src/apps` alone. */
export interface Service {
  readonly name: string;
  readonly apps: readonly App[];
  readonly routes: readonly Route[];
  /** The paths under which each data server offers them itself, without a front end in between; none unless said. */
  readonly serverRoutes?: readonly Route[];
  /** What a group is called in lists of services (`POST /greet/…`), where that is not its name. */
  readonly calls?: Readonly<Record<GroupName, string>>;
  /**
   * The body of whatever a front end says by itself (`Refusal` in respond.ts has the statuses); `{"error": reason}`, and the
   * `uuid` of a write whose outcome is unknown, unless said.
   */
  readonly refusal?: (status: number, reason: string, uuid: string | undefined) => Json;
  /** The schema of that body, where it is another than that: for descriptions of the interface. */
  readonly refusalBody?: ZodType;
  /** What must hold between the groups, whichever of their replicas is furthest. */
  readonly invariants: readonly ServiceInvariant[];
}

export interface ServiceInvariant {
  readonly name: string;
  /**
   * `states` has, for each group, the furthest state that any of its replicas has ever had, even one that has crashed
   * since: a call may have been delivered by a primary whose successor has yet to apply the entry that made it. Says what
   * is wrong, or nothing.
   */
  broken(states: Readonly<Record<GroupName, unknown>>): string | undefined;
}

/**
 * One path. `plan` is asked again after each outcome and says what comes next: so a request is plain data (what was asked,
 * what has come back) and can be held, retried and replayed. At most one of its calls may be a write.
 */
export interface Route<Asked = unknown> {
  readonly method: 'GET' | 'POST';
  /** `/seats/:seatid/hold/:userid` */
  readonly path: string;
  /** Only for an operator: it takes a proof of the cluster's secret or, where there is none, a caller on this machine. */
  readonly signed?: boolean;
  /**
   * Parameters and parsed body (undefined where there is none) of a stranger to what was asked, or why not. The parameters
   * are those of the path, and those of the query string that have no name of these: of a repeated one, the first.
   */
  decode(parameters: Readonly<Record<string, string>>, body: unknown): Decoded<Asked>;
  /** What it is for, in a few words: for descriptions of the interface. */
  readonly summary?: string | undefined;
  /** What `decode` asks for and what is answered with 200, where schemas say it: for the same descriptions. */
  readonly schemas?: { readonly parameters: ZodType; readonly body: ZodType; readonly answer?: ZodType | undefined };
  /** Which other statuses `plan` answers, and for what, in a few words: for the same descriptions. */
  readonly errors?: Readonly<Record<number, string>>;
  plan(asked: Asked, outcomes: readonly Outcome[], view: FrontEndView): Plan;
}

/** What a route may know of its front end. */
export interface FrontEndView {
  /** Whether a data server is known to listen on `port`. */
  knowsPort(port: number): boolean;
  /** Who leads `group`, as far as this front end knows; undefined while it does not, or where there is no such group. */
  primaryOf(group: GroupName): NodeId | undefined;
  /** What this front end keeps of earlier answers. */
  cache(): CacheView;
}

/** The cache of a front end (PROTOCOL §10.5), for a route that shows it. */
export interface CacheView {
  /** How many items it keeps at most; 0: it keeps none. */
  readonly size: number;
  /** Most recently used first. */
  readonly items: readonly CachedItem[];
  /** Reads that were answered from it, and cacheable reads that were not. */
  readonly hits: number;
  readonly misses: number;
  /** Items dropped for want of room, and those dropped because the group changed or may have changed. */
  readonly evictions: number;
  readonly invalidations: number;
}

export interface CachedItem {
  readonly group: GroupName;
  readonly key: string;
  readonly outcome: Outcome;
  /** The index of the group's log at which the outcome held. */
  readonly index: number;
}

export type Plan =
  | { readonly type: 'write'; readonly group: GroupName; readonly command: Json }
  /**
   * `fresh`: linearizable even where the client is content with what its session has seen. `cache`: an earlier outcome will
   * do, of a read with the same key, as long as it is known that nothing has changed it (PROTOCOL §10.5). Within a group, the
   * same key means the same query. A fresh read goes past the cache.
   */
  | {
      readonly type: 'read';
      readonly group: GroupName;
      readonly query: Json;
      readonly fresh?: boolean;
      readonly cache?: string;
    }
  /** Drops from the cache what has this key, in any group; undefined: everything. Its outcome: how many items that were. */
  | { readonly type: 'forget'; readonly key: string | undefined }
  /** `body` undefined: an empty one. */
  | { readonly type: 'answer'; readonly status: number; readonly body: Json | undefined };

/** The body of a refusal: its status and reason, and the uuid of a write whose outcome is unknown. */
export type RefusalBody = NonNullable<Service['refusal']>;
