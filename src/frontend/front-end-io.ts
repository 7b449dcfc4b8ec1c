import type { Address } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { ServiceEntry } from '../protocol/model/directory.ts';
import type { Epoch, NodeId } from '../protocol/model/epoch.ts';
import type { Message, Unserved } from '../protocol/model/messages.ts';

/** A request as it came from a client, nothing decoded. */
export interface HttpRequest {
  /** Unique in this process. */
  readonly id: number;
  readonly method: string;
  /** As in the request line; may carry a query string. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** A fresh uuid (version 7) for the write this may become; unused when the client brought its own. */
  readonly uuid: string;
  /** What the client calls its request in its own logs, where it says so; it travels in the ids of the request's calls. */
  readonly trace?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a front end is told. */
export type FrontEndInput =
  | { readonly type: 'requests'; readonly requests: readonly HttpRequest[] }
  /** The client hung up; its answer is of no use any more. What it wrote may still take effect. */
  | { readonly type: 'gone'; readonly id: number }
  | { readonly type: 'message'; readonly from: Address; readonly message: Message }
  /** A replica on this node has heard the primary of its group. */
  | { readonly type: 'led'; readonly group: GroupName; readonly primary: NodeId; readonly epoch: Epoch }
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  /** The data servers of a group, as they are by now. */
  | { readonly type: 'servers'; readonly group: GroupName; readonly servers: readonly NodeId[] }
  /** The directory, sorted by node id. */
  | { readonly type: 'services'; readonly services: readonly ServiceEntry[] }
  /** This process is about to end: what is held is still answered, and nothing new is taken. There is no way back. */
  | { readonly type: 'drain' }
  | { readonly type: 'wake' };

/** What a front end wants done. */
export type FrontEndEffect =
  | { readonly type: 'send'; readonly to: Address; readonly message: Message }
  | { readonly type: 'respond'; readonly id: number; readonly response: HttpResponse }
  | { readonly type: 'note'; readonly note: FrontEndNote };

/** What happened, for people and for "sometimes" goals. */
export type FrontEndNote =
  | { readonly type: 'holds'; readonly group: GroupName; readonly held: number }
  | { readonly type: 'follows'; readonly group: GroupName; readonly primary: NodeId; readonly epoch: Epoch }
  | { readonly type: 'retries'; readonly group: GroupName; readonly uuid: string; readonly to: NodeId }
  | { readonly type: 'gives-up'; readonly group: GroupName; readonly uuid: string }
  | { readonly type: 'ignores-lower-epoch'; readonly group: GroupName; readonly epoch: Epoch }
  | { readonly type: 'unserved'; readonly reason: Unserved }
  /** A read was answered from the cache. */
  | { readonly type: 'cache-hit'; readonly group: GroupName }
  /** What is kept would have done, but no primary has said for too long that nothing has changed. */
  | { readonly type: 'cache-unconfirmed'; readonly group: GroupName }
  /** Changes behind `from` were heard of, and those from `through` on were not: it asks again. */
  | { readonly type: 'cache-gap'; readonly group: GroupName; readonly through: number; readonly from: number }
  /** An outcome came after the news of what may have changed it, and was not kept. */
  | { readonly type: 'cache-late'; readonly group: GroupName }
  | { readonly type: 'cache-drops'; readonly group: GroupName; readonly dropped: number }
  | { readonly type: 'cache-evicts'; readonly group: GroupName };
