import type { FrontEndEffect, FrontEndNote, HttpRequest, HttpResponse } from '../frontend/front-end-io.ts';
import type { Dismissal, GossipNote, Lives } from '../gossip/gossip-io.ts';
import type { Unit } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { Lifecycle, ServiceEntry } from '../protocol/model/directory.ts';
import type { DiskOperation, Note, Stored } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Machine, Snapshot } from '../protocol/model/machine.ts';
import type { Envelope, Message, StateHash } from '../protocol/model/messages.ts';

/**
 * Inputs and actions of a host (one process: its replicas, its gossip and, where it answers clients, its front end).
 * Both drivers, the simulator and the live process, use these two unions and no other part of the protocol.
 */
export type HostInput =
  /**
   * The first input: the durable incarnation, and the directory as stored, or as received when the node joined. Without
   * it the directory stays empty, and no other node learns of this one.
   */
  | {
      readonly type: 'started';
      readonly incarnation: number;
      readonly services: readonly ServiceEntry[];
      /** Without it no later start of this disk is believed. */
      readonly lives?: Lives | undefined;
    }
  /** Once per replica, before any envelope: what its disk holds. */
  | { readonly type: 'recovered'; readonly unit: Unit; readonly stored: Stored }
  | { readonly type: 'envelope'; readonly envelope: Envelope }
  | { readonly type: 'requests'; readonly requests: readonly HttpRequest[] }
  | { readonly type: 'gone'; readonly id: number }
  | { readonly type: 'taken'; readonly id: number }
  /** The replica's write under way is durable. A failed write is never reported: the process ends. */
  | { readonly type: 'written'; readonly unit: Unit }
  | { readonly type: 'saved'; readonly unit: Unit; readonly index: number; readonly size?: number | undefined }
  | ({ readonly type: 'hashed'; readonly unit: Unit; readonly millis?: number | undefined } & StateHash)
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  /** Much waits for the link to `nodeId`, or little does again. */
  | { readonly type: 'backlog'; readonly nodeId: NodeId; readonly isLong: boolean }
  /** What this process lacks: its disk or its memory is about to be full. Empty while it has room. */
  | { readonly type: 'short'; readonly of: readonly ('disk' | 'memory')[] }
  /** Whether the cluster has begun another history: no server of this node's own will ever answer its clients. */
  | { readonly type: 'outlived'; readonly isSo: boolean }
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'wake' };

/** An order of an operator, or of the process that ends. */
export type Order =
  /** Transfers leadership of `group`; ignored by a node that is not its primary. */
  | { readonly type: 'transfer'; readonly group: GroupName; readonly to?: NodeId }
  /** `away`, `removed`: leadership and votes are given up, and clients are refused. The sender ends the process. */
  | { readonly type: 'stand'; readonly standing: Lifecycle }
  /** Removes another node, or this one, finally. */
  | { readonly type: 'remove'; readonly nodeId: NodeId };

/** An action for the driver. Actions are carried out in order. */
export type HostAction =
  /** Make these durable as one batch, then report `written`. At most one such write per replica at a time. */
  | { readonly type: 'write'; readonly unit: Unit; readonly operations: readonly DiskOperation[] }
  /** Write the snapshot beside the log, in the background, then report `saved`. At most one per replica at a time. */
  | { readonly type: 'save'; readonly unit: Unit; readonly snapshot: Snapshot }
  /** Hash the state of the machine, without holding up the next input for long, then report `hashed`. */
  | { readonly type: 'hash'; readonly unit: Unit; readonly index: number; readonly machine: Machine }
  /** To another node; may be lost. */
  | { readonly type: 'send'; readonly envelope: Envelope }
  | { readonly type: 'respond'; readonly id: number; readonly response: HttpResponse }
  | Extract<FrontEndEffect, { readonly type: 'part' | 'abort' }>
  /** The directory has changed in more than beats: the driver adapts its links, and stores it for the next start. */
  | { readonly type: 'known'; readonly services: readonly ServiceEntry[] }
  /** The next start of this disk must have a higher incarnation than this one, which another node has claimed. */
  | { readonly type: 'claimed'; readonly incarnation: number }
  /** The process must end; emitted once. */
  | { readonly type: 'dismissed'; readonly reason: Dismissal }
  | { readonly type: 'note'; readonly unit: Unit; readonly note: HostNote };

/** Of a live process, which looks: a group lacks the votes to elect a primary, or has them again. */
type VotesNote =
  | { readonly type: 'lacks-votes'; readonly says: string; readonly needs: number; readonly has: number }
  | { readonly type: 'has-votes' };

/** A note of any unit of a host. */
export type HostNote =
  | Note
  | FrontEndNote
  | GossipNote
  | VotesNote
  /** A message whose sender has no role to send it, as far as this node knows. */
  | { readonly type: 'ignores-stranger'; readonly from: NodeId; readonly said: Message['type'] };
