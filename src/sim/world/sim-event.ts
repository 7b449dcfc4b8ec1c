import type { HttpResponse } from '../../frontend/front-end-io.ts';
import type { GroupName } from '../../protocol/model/app.ts';
import { unreachable } from '../../protocol/model/assert.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import type { Fault } from '../plan/fault.ts';

interface Hashed {
  readonly index: number;
  readonly version: number;
  readonly hash: number;
}

/** An event on the agenda. `life` is the life of the process it is for; a later one ignores it. */
export type SimEvent =
  /** The text that travels; in a light run the sender's own value (`RunOptions.strict`). */
  | { readonly type: 'message'; readonly from: NodeId; readonly to: NodeId; readonly carried: string | Envelope }
  | { readonly type: 'refused'; readonly node: NodeId; readonly by: NodeId }
  | { readonly type: 'wake'; readonly node: NodeId; readonly life: number; readonly at: number }
  | { readonly type: 'written'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  | { readonly type: 'saved'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  /** A snapshot is written whole beside the links that have it. */
  | { readonly type: 'base-written'; readonly node: NodeId; readonly life: number; readonly group: GroupName }
  /** The hash of a state is made. */
  | ({ readonly type: 'hashed'; readonly node: NodeId; readonly life: number; readonly group: GroupName } & Hashed)
  /** A slow process is ready for its next input. */
  | { readonly type: 'turn'; readonly node: NodeId; readonly life: number }
  /** A migration that kept the process busy has ended. */
  | { readonly type: 'migrated'; readonly node: NodeId; readonly life: number }
  /** A departing process is checked. */
  | { readonly type: 'departure'; readonly node: NodeId; readonly life: number }
  /** Flapping links toggle. */
  | { readonly type: 'flap'; readonly name: string; readonly number: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  | { readonly type: 'request'; readonly attempt: number }
  | { readonly type: 'gone'; readonly attempt: number; readonly node: NodeId; readonly life: number }
  /** The client has taken the parts of its answer that were sent so far. */
  | { readonly type: 'taken'; readonly attempt: number; readonly node: NodeId; readonly life: number }
  | { readonly type: 'response'; readonly attempt: number; readonly response: HttpResponse }
  /** The connection of the attempt was refused or broke. */
  | { readonly type: 'reset'; readonly attempt: number }
  /** The timeout of an attempt. */
  | { readonly type: 'hang-up'; readonly attempt: number }
  /** The client begins its next operation, or retries its pending one. */
  | { readonly type: 'client'; readonly client: string };

/** The event in a few words: for verdicts, and for the digest. */
export function describeEvent(simEvent: SimEvent): string {
  switch (simEvent.type) {
    case 'message':
      return `a message of ${simEvent.from} reaches ${simEvent.to}`;
    case 'refused':
      return `${simEvent.node} is refused a connection by ${simEvent.by}`;
    case 'wake':
      return `${simEvent.node} is woken`;
    case 'written':
      return `a write of ${simEvent.group} at ${simEvent.node} is durable`;
    case 'saved':
      return `a snapshot of ${simEvent.group} at ${simEvent.node} is durable`;
    case 'base-written':
      return `a base of ${simEvent.group} at ${simEvent.node} is durable`;
    case 'hashed':
      return `the hash of ${simEvent.group} at ${simEvent.index} is made at ${simEvent.node}`;
    case 'turn':
      return `${simEvent.node} gets to what waits for it`;
    case 'migrated':
      return `${simEvent.node} ends a migration`;
    case 'departure':
      return `${simEvent.node} sees whether it may end`;
    case 'flap':
      return `the links of ${simEvent.name} change`;
    case 'fault':
      return `the plan says ${JSON.stringify(simEvent.fault)}`;
    case 'request':
      return `request ${simEvent.attempt} reaches its front end`;
    case 'gone':
      return `${simEvent.node} hears that request ${simEvent.attempt} was given up`;
    case 'taken':
      return `${simEvent.node} hears that the client of request ${simEvent.attempt} takes more`;
    case 'response':
      return `the answer to request ${simEvent.attempt} arrives`;
    case 'reset':
      return `the connection of request ${simEvent.attempt} breaks`;
    case 'hang-up':
      return `request ${simEvent.attempt} has been waited for long enough`;
    case 'client':
      return `${simEvent.client} acts`;
    default:
      return unreachable(simEvent);
  }
}
