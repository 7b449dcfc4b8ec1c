import type { Address } from '../protocol/model/address.ts';
import type { GroupView, Lifecycle, ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Message } from '../protocol/model/messages.ts';

export type GossipMessage = Extract<Message, { readonly type: 'gossip' }>;

/** What a node's gossip is told. */
export type GossipInput =
  /** First: which life of the process this is, and what its folder remembers, or its cluster file or contact says. */
  | { readonly type: 'started'; readonly incarnation: number; readonly services: readonly ServiceEntry[] }
  | { readonly type: 'message'; readonly from: NodeId; readonly message: GossipMessage }
  /** `gossipWakeAt` has come. */
  | { readonly type: 'wake' }
  /** What a replica of this node knows of its group. */
  | { readonly type: 'sighted'; readonly view: GroupView }
  /** What this node wants from now on. `member` takes nothing back: that takes another life of the process. */
  | { readonly type: 'stand'; readonly standing: Lifecycle }
  /** An operator removes a node, for good. Nothing happens where nobody of that name is known. */
  | { readonly type: 'remove'; readonly nodeId: NodeId };

export type GossipEffect =
  /** To the gossip of another node; may be lost. */
  | { readonly type: 'send'; readonly to: Address; readonly message: GossipMessage }
  /** The directory has changed in more than beats. Sorted by node id. */
  | { readonly type: 'known'; readonly services: readonly ServiceEntry[] }
  /** Said once: this process is to end. */
  | { readonly type: 'dismissed'; readonly reason: Dismissal }
  | { readonly type: 'note'; readonly note: GossipNote };

/**
 * Why a process is to end. `removed`: somebody has removed its disk for good. `replaced`: another disk has taken its name.
 * `overtaken`: a later life of this very disk has been seen, so this one is a copy, or was put back as it was some time ago,
 * and has forgotten promises.
 */
export type Dismissal = 'removed' | 'replaced' | 'overtaken';

/** What happened, for people and for "sometimes" goals. */
export type GossipNote =
  | { readonly type: 'meets'; readonly nodeId: NodeId; readonly address: string }
  | { readonly type: 'stands'; readonly nodeId: NodeId; readonly standing: Lifecycle }
  | { readonly type: 'misses'; readonly nodeId: NodeId }
  | { readonly type: 'finds'; readonly nodeId: NodeId };
