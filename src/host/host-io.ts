import type { FrontEndNote, HttpRequest, HttpResponse } from '../frontend/front-end-io.ts';
import type { Dismissal, GossipNote } from '../gossip/gossip-io.ts';
import type { Unit } from '../protocol/model/address.ts';
import type { GroupName } from '../protocol/model/app.ts';
import type { Lifecycle, ServiceEntry } from '../protocol/model/directory.ts';
import type { DiskOperation, Note, Stored } from '../protocol/model/effects.ts';
import type { NodeId } from '../protocol/model/epoch.ts';
import type { Snapshot } from '../protocol/model/machine.ts';
import type { Envelope } from '../protocol/model/messages.ts';

/**
 * What a driver tells a host (one process: its replicas, its gossip and, where it answers clients, its front end). Both
 * drivers, the simulator and the live process, speak these two unions and know nothing else of the protocol.
 */
export type HostInput =
  /**
   * First: which life of the process this is, durably, and what it remembers of the directory or was told of it when it
   * joined. Without it the directory stays empty, and nobody is told of this node.
   */
  | { readonly type: 'started'; readonly incarnation: number; readonly services: readonly ServiceEntry[] }
  /** Once per replica, before any envelope: what its disk holds. */
  | { readonly type: 'recovered'; readonly unit: Unit; readonly stored: Stored }
  | { readonly type: 'envelope'; readonly envelope: Envelope }
  | { readonly type: 'requests'; readonly requests: readonly HttpRequest[] }
  | { readonly type: 'gone'; readonly id: number }
  /** The write handed out last for this replica is durable. A failed write is never reported: the process ends. */
  | { readonly type: 'written'; readonly unit: Unit }
  | { readonly type: 'saved'; readonly unit: Unit; readonly index: number }
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'wake' };

/** What an operator, or the end of its process, wants of a node. */
export type Order =
  /** Hands the lead of `group` over; nothing happens where this node has none. */
  | { readonly type: 'transfer'; readonly group: GroupName; readonly to?: NodeId }
  /** `away`, `removed`: leads and votes are given up, and clients are refused; the process is ended by whoever says so. */
  | { readonly type: 'stand'; readonly standing: Lifecycle }
  /** Another node, or this one, is out for good. */
  | { readonly type: 'remove'; readonly nodeId: NodeId };

/** What a host wants of its driver, in order. */
export type HostAction =
  /** Make these durable as one batch, then say `written`. There is at most one such write per replica at a time. */
  | { readonly type: 'write'; readonly unit: Unit; readonly operations: readonly DiskOperation[] }
  /** Write the snapshot beside the log, in the background, then say `saved`. At most one per replica at a time. */
  | { readonly type: 'save'; readonly unit: Unit; readonly snapshot: Snapshot }
  /** To another node; may be lost. */
  | { readonly type: 'send'; readonly envelope: Envelope }
  | { readonly type: 'respond'; readonly id: number; readonly response: HttpResponse }
  /** The directory has changed in more than beats: links are made to fit, and it is remembered for the next start. */
  | { readonly type: 'known'; readonly services: readonly ServiceEntry[] }
  /** The process is to end, and says why; said once. */
  | { readonly type: 'dismissed'; readonly reason: Dismissal }
  | { readonly type: 'note'; readonly unit: Unit; readonly note: HostNote };

/** What any unit of a host may note. */
export type HostNote = Note | FrontEndNote | GossipNote;
