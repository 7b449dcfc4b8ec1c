import type { GroupName } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { HttpResponse } from '../../frontend/front-end-io.ts';
import type { Fault } from '../plan/fault.ts';

/** What can be due. `life` is the life of the process it was meant for; a later one knows nothing of it. */
export type Happening =
  /** As the text it travels as; in a light run as what the sender made (`RunOptions.strict`). */
  | { readonly type: 'message'; readonly from: NodeId; readonly to: NodeId; readonly carried: string | Envelope }
  | { readonly type: 'refused'; readonly node: NodeId; readonly by: NodeId }
  | { readonly type: 'wake'; readonly node: NodeId; readonly life: number; readonly at: number }
  | { readonly type: 'written'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  | { readonly type: 'saved'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  /** A slow process is ready for the next of what waits for it. */
  | { readonly type: 'turn'; readonly node: NodeId; readonly life: number }
  /** A process that is to end in good order is looked at again. */
  | { readonly type: 'departure'; readonly node: NodeId; readonly life: number }
  /** Links that flap break, or heal. */
  | { readonly type: 'flap'; readonly name: string; readonly number: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'request'; readonly attempt: number }
  | { readonly type: 'gone'; readonly attempt: number; readonly node: NodeId; readonly life: number }
  | { readonly type: 'response'; readonly attempt: number; readonly response: HttpResponse }
  /** The connection of the attempt was refused or broke. */
  | { readonly type: 'reset'; readonly attempt: number }
  /** The client has waited long enough for this attempt. */
  | { readonly type: 'hang-up'; readonly attempt: number }
  /** The client begins its next operation, or repeats the one under way. */
  | { readonly type: 'client'; readonly client: string };
