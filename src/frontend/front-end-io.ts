import type { Address } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import type { Message, Unserved } from '../protocol/model/messages.ts';

/** A client's request, undecoded. */
export interface HttpRequest {
  /** Unique in this process. */
  readonly id: number;
  readonly method: string;
  /** As in the request line; may have a query string. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A fresh uuid (version 7) for its write; unused when the client sent its own. */
  readonly uuid: string;
  /** The client's own name of the request in its logs, if sent; included in the ids of the request's calls. */
  readonly trace?: string | undefined;
  /** Names the connection it came on, whose answers go out in order; undefined: one of its own. */
  readonly connection?: string | undefined;
  /** Names the address, or the network, it came from; undefined: one of its own. */
  readonly source?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An input of a front end. */
export type FrontEndInput =
  | { readonly type: 'requests'; readonly requests: readonly HttpRequest[] }
  /** The client has disconnected. Its write may still take effect. */
  | { readonly type: 'gone'; readonly id: number }
  /** The client has taken the last part of an answer that is streamed. */
  | { readonly type: 'taken'; readonly id: number }
  | { readonly type: 'message'; readonly from: Address; readonly message: Message }
  /** A replica on this node has heard its group's primary. */
  | { readonly type: 'led'; readonly group: GroupName; readonly primary: NodeId; readonly epoch: Epoch }
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  /** The current data servers of a group. */
  | { readonly type: 'servers'; readonly group: GroupName; readonly servers: readonly NodeId[] }
  /** The directory, sorted by node id. */
  | { readonly type: 'services'; readonly services: readonly ServiceEntry[] }
  /** This process ends soon: pending requests are still answered, new ones refused. Final. */
  | { readonly type: 'drain' }
  /** Whether the cluster has begun another history: no server of this node's own will ever answer. */
  | { readonly type: 'outlived'; readonly isSo: boolean }
  | { readonly type: 'wake' };

/** An effect of a front end. */
export type FrontEndEffect =
  | { readonly type: 'send'; readonly to: Address; readonly message: Message }
  | { readonly type: 'respond'; readonly id: number; readonly response: HttpResponse }
  /**
   * A part of an answer that is streamed: `head` with the first one. After each but the last, the driver reports
   * `taken` once the client has taken it.
   */
  | {
      readonly type: 'part';
      readonly id: number;
      readonly head?: Pick<HttpResponse, 'status' | 'headers'>;
      readonly text: string;
      readonly isLast: boolean;
    }
  /** The answer that was begun has no end: the connection is cut. */
  | { readonly type: 'abort'; readonly id: number }
  | { readonly type: 'note'; readonly note: FrontEndNote };

/** Events for people and for "sometimes" goals. */
export type FrontEndNote =
  | { readonly type: 'holds'; readonly group: GroupName; readonly held: number }
  | { readonly type: 'follows'; readonly group: GroupName; readonly primary: NodeId; readonly epoch: Epoch }
  /** The primary does not answer: what it must serve goes by way of `via`, which hears it. */
  | { readonly type: 'bridges'; readonly group: GroupName; readonly primary: NodeId; readonly via: NodeId }
  | { readonly type: 'retries'; readonly group: GroupName; readonly uuid: string; readonly to: NodeId }
  | { readonly type: 'gives-up'; readonly group: GroupName; readonly uuid: string }
  | { readonly type: 'ignores-lower-epoch'; readonly group: GroupName; readonly epoch: Epoch }
  | { readonly type: 'unserved'; readonly reason: Unserved }
  /** The group's state is of `version`, and this build has code up to version `has` only. */
  | { readonly type: 'outdated-code'; readonly group: GroupName; readonly version: number; readonly has: number }
  /** The code of a route threw. */
  | { readonly type: 'route-failed'; readonly errorId: string; readonly route: string; readonly thrown: Error }
  /** A list is longer than one page. */
  | { readonly type: 'streams'; readonly group: GroupName }
  /** A streamed answer was cut off. */
  | { readonly type: 'cuts-off'; readonly group: GroupName; readonly reason: string }
  /** A read was answered from the cache. */
  | { readonly type: 'cache-hit'; readonly group: GroupName }
  /** An item would have done, but its group was not confirmed recently enough. */
  | { readonly type: 'cache-unconfirmed'; readonly group: GroupName }
  /** A change after `from` arrived, and those from `through` to `from` did not: it asks again. */
  | { readonly type: 'cache-gap'; readonly group: GroupName; readonly through: number; readonly from: number }
  /** An outcome came after a change that may have invalidated it, and was not cached. */
  | { readonly type: 'cache-late'; readonly group: GroupName }
  | { readonly type: 'cache-drops'; readonly group: GroupName; readonly dropped: number }
  | { readonly type: 'cache-evicts'; readonly group: GroupName };
