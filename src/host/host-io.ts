import type { HttpRequest, HttpResponse, FrontEndNote } from '../frontend/front-end-io.ts';
import type { Note, Operation, Stored } from '../protocol/effects.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Snapshot } from '../protocol/machine.ts';
import type { Envelope, Unit } from '../protocol/messages.ts';

/**
 * What a driver tells a host (one process: its replicas and, on a front end, its front end). Both drivers, the simulator
 * and the live process, speak these two unions and know nothing else of the protocol.
 */
export type HostInput =
  /** Once per replica, before anything else: what its disk holds. */
  | { readonly type: 'recovered'; readonly unit: Unit; readonly stored: Stored }
  | { readonly type: 'envelope'; readonly envelope: Envelope }
  | { readonly type: 'requests'; readonly requests: readonly HttpRequest[] }
  | { readonly type: 'gone'; readonly id: number }
  /** The write handed out last for this replica is durable. A failed write is never reported: the process ends. */
  | { readonly type: 'written'; readonly unit: Unit }
  | { readonly type: 'saved'; readonly unit: Unit; readonly index: number }
  | { readonly type: 'suspected'; readonly nodeId: NodeId }
  | { readonly type: 'wake' };

/** What a host wants of its driver, in order. */
export type HostAction =
  /** Make these durable as one batch, then say `written`. There is at most one such write per replica at a time. */
  | { readonly type: 'write'; readonly unit: Unit; readonly operations: readonly Operation[] }
  /** Write the snapshot beside the log, in the background, then say `saved`. At most one per replica at a time. */
  | { readonly type: 'save'; readonly unit: Unit; readonly snapshot: Snapshot }
  /** To another node; may be lost. */
  | { readonly type: 'send'; readonly envelope: Envelope }
  | { readonly type: 'respond'; readonly id: number; readonly response: HttpResponse }
  | { readonly type: 'note'; readonly unit: Unit; readonly note: Note | FrontEndNote };
