import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Json } from '../../protocol/model/json.ts';

/** A client's request, before it is sent. */
export interface ClientCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: Json | undefined;
  /** Any server whose state covers the client's token may answer. */
  readonly session: boolean;
  /** Linearizable: no cache may answer. Unset: a cache may. */
  readonly linearizable?: boolean;
}

/** A call of a script. */
export interface ScriptedCall {
  /** Not before this, in microseconds. */
  readonly at: number;
  readonly call: ClientCall;
  readonly isKeyed: boolean;
  /** The front end of the first attempt; undefined: the client's own. */
  readonly through: NodeId | undefined;
  /** The required status; `any`: any answer will do. */
  readonly expect: number | 'any' | undefined;
}

/** An operation of a client over all its attempts, as the client saw it. Times in microseconds. */
export interface ClientOperation {
  readonly number: number;
  readonly client: string;
  readonly call: ClientCall;
  /** The client's uuid, sent as `Idempotency-Key`; without one the client sends the operation once. */
  readonly key: string | undefined;
  /** The token that the client sent; undefined for a client without tokens. */
  readonly token: string | undefined;
  /** The name of its write, that a front end gave with an unknown outcome: it asks for that under it. */
  asks?: string | undefined;
  readonly calledAt: number;
  /** The uuids under which a write of this operation may be in the log. */
  readonly uuids: string[];
  /** The status that the scenario requires, if any; `any`: some answer. */
  readonly expect: number | 'any' | undefined;
  attempts: number;
  /** Undefined while it is pending. */
  result: OperationResult | undefined;
}

export type OperationResult =
  | {
      readonly type: 'answered';
      readonly at: number;
      readonly status: number;
      readonly body: string;
      /** The client's token after this reply. */
      readonly token: string;
      /** The front end reports that the answer came from its cache. */
      readonly fromCache?: boolean;
      /** The front end that answered, its life, and when it was asked. */
      readonly by?: { readonly frontEnd: NodeId; readonly life: number; readonly askedAt: number };
    }
  /** No answer in time: the operation may or may not have taken effect. */
  | { readonly type: 'unknown'; readonly at: number };

/** One attempt of an operation at one front end. */
export interface Attempt {
  readonly id: number;
  readonly operation: ClientOperation;
  readonly frontEnd: NodeId;
  /** In microseconds. */
  readonly askedAt: number;
  /** The uuid for the write, if the client gave none. */
  readonly uuid: string;
  /** The life of the front end that received it; undefined before it arrives. */
  takenBy: number | undefined;
}
