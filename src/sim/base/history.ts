import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Json } from '../../protocol/model/json.ts';

/** What a client asks for, before it is sent anywhere. */
export interface ClientCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Json | undefined;
  /** May be answered by any server that has what the client has seen. */
  readonly session: boolean;
  /** Must see all there is, and so not come from a cache; unsaid, a cache may answer. */
  readonly linearizable?: boolean;
}

/** A call that a client was told to make. */
export interface ScriptedCall {
  /** Not before this, in microseconds. */
  readonly at: number;
  readonly call: ClientCall;
  readonly isKeyed: boolean;
  /** The front end it goes to first; otherwise the one the client is at. */
  readonly through: NodeId | undefined;
  /** The status it must be answered with; `any` where it must be answered and no more. */
  readonly expect: number | 'any' | undefined;
}

/** One request of a client as the client saw it, over all its attempts. Times are in microseconds. */
export interface Operation {
  readonly number: number;
  readonly client: string;
  readonly call: ClientCall;
  /** The client's own uuid, sent as `Idempotency-Key`; without one it asks once only. */
  readonly key: string | undefined;
  /** The token the client sent along; undefined when it carries none. */
  readonly token: string | undefined;
  readonly calledAt: number;
  /** The uuids a write of this operation may be logged under. */
  readonly uuids: string[];
  /** The status the story needs, if it is particular; `any` where it needs some answer. */
  readonly expect: number | 'any' | undefined;
  attempts: number;
  /** Undefined while it is under way. */
  result: OperationResult | undefined;
}

export type OperationResult =
  | {
      readonly type: 'answered';
      readonly at: number;
      readonly status: number;
      readonly body: string;
      /** What the reply says the client has seen now. */
      readonly token: string;
      /** The front end says that it had the answer in its cache. */
      readonly fromCache?: boolean;
      /** Who answered, in which life, and when it was asked. */
      readonly by?: { readonly frontEnd: NodeId; readonly life: number; readonly askedAt: number };
    }
  /** No answer in time. That says nothing about whether it took effect. */
  | { readonly type: 'unknown'; readonly at: number };

/** One sending of an operation to one front end. */
export interface Attempt {
  readonly id: number;
  readonly operation: Operation;
  readonly frontEnd: NodeId;
  /** When, in microseconds. */
  readonly askedAt: number;
  /** What the front end may use as the uuid of the write this becomes. */
  readonly uuid: string;
  /** The life of the front end that took it, once it has arrived. */
  takenBy: number | undefined;
}
