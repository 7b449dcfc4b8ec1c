import type { Address } from '../protocol/model/address.ts';
import type { GroupView, Lifecycle, ServiceEntry } from '../protocol/model/directory.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Message } from '../protocol/model/messages.ts';

export type GossipMessage = Extract<Message, { readonly type: 'gossip' }>;

/**
 * Proofs that a start of this disk took place: texts that only a holder of the disk can make. `own` is of this start and
 * travels with the node's entry; `later` are of the next ones.
 */
export interface Lives {
  readonly own: string;
  readonly later: readonly string[];
}

/** An input of a node's gossip. */
export type GossipInput =
  /** The first input: the incarnation, and the directory from the node's folder, its cluster file or its contact. */
  | {
      readonly type: 'started';
      readonly incarnation: number;
      readonly services: readonly ServiceEntry[];
      readonly lives?: Lives | undefined;
    }
  | { readonly type: 'message'; readonly from: NodeId; readonly message: GossipMessage }
  /** The time of `gossipWakeAt` has come. */
  | { readonly type: 'wake' }
  /** The view of a group from a replica of this node. */
  | { readonly type: 'sighted'; readonly view: GroupView }
  /** The lifecycle of this node from now on. `member` reverts nothing: only a restart does. */
  | { readonly type: 'stand'; readonly standing: Lifecycle }
  /** An operator removes a node, finally. An unknown node id is ignored. */
  | { readonly type: 'remove'; readonly nodeId: NodeId };

export type GossipEffect =
  /** To the gossip of another node; may be lost. */
  | { readonly type: 'send'; readonly to: Address; readonly message: GossipMessage }
  /** The directory has changed in more than beats. Sorted by node id. */
  | { readonly type: 'known'; readonly services: readonly ServiceEntry[] }
  /** This process must end; emitted once. */
  | { readonly type: 'dismissed'; readonly reason: Dismissal }
  /** Another node claims a later start of this disk, without proof. The next start must have a higher incarnation. */
  | { readonly type: 'claimed'; readonly incarnation: number }
  | { readonly type: 'note'; readonly note: GossipNote };

/**
 * Why a process must end:
 * - `removed`: its disk was removed;
 * - `replaced`: another disk has its node id;
 * - `overtaken`: a later incarnation of this disk exists, so this one is a copy or was restored, and has forgotten
 *   promises.
 */
export type Dismissal = 'removed' | 'replaced' | 'overtaken';

/** Events for people and for "sometimes" goals. */
export type GossipNote =
  /** See the effect `claimed`. */
  | { readonly type: 'doubts-claim'; readonly from: NodeId; readonly incarnation: number }
  | { readonly type: 'meets'; readonly nodeId: NodeId; readonly address: string }
  | { readonly type: 'stands'; readonly nodeId: NodeId; readonly standing: Lifecycle }
  | { readonly type: 'misses'; readonly nodeId: NodeId; readonly standing: Lifecycle }
  | { readonly type: 'finds'; readonly nodeId: NodeId };
