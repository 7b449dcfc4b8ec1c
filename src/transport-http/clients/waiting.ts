import type { FrontEndEffect, HttpResponse } from '../../frontend/front-end-io.ts';
import type { Authorised, OperatorCall, PlainAnswer } from '../../security/authorise.ts';
import { answer, type Answered, answeredBy, type AnswerStream, type Exchange } from './exchange.ts';
import type { Audit } from './operator-paths.ts';

export type StreamAction = Extract<FrontEndEffect, { readonly type: 'part' | 'abort' }>;

/** A request that the front end has yet to answer. */
interface WaitingRequest {
  readonly exchange: Exchange;
  /** How the answer to an operator's call is signed. */
  readonly granted: Extract<Authorised, { readonly type: 'granted' }> | undefined;
  readonly call: OperatorCall | undefined;
}

/** The answer that has begun, of one that comes in parts. */
interface Open {
  readonly status: number;
  readonly stream: AnswerStream;
}

/** The requests that were passed on to the front end, until their answers. */
export interface Waiting {
  /** A new id for the request. */
  begin(request: WaitingRequest): number;
  has(id: number): boolean;
  /** Its client has hung up. False where it was answered. */
  drop(id: number): boolean;
  respond(id: number, response: HttpResponse): void;
  /** Sends a part of an answer, or cuts it off. */
  stream(action: StreamAction): void;
}

export interface WaitingOptions {
  onTaken?: ((id: number) => void) | undefined;
  onAnswered?: ((answered: Answered) => void) | undefined;
  onAudited?: Audit | undefined;
}

export function createWaiting(options: WaitingOptions): Waiting {
  const waiting = new Map<number, WaitingRequest & { open?: Open }>();
  let lastId = 0;
  return {
    begin(request) {
      lastId += 1;
      waiting.set(lastId, { ...request });
      return lastId;
    },
    has: (id) => waiting.has(id),
    drop: (id) => waiting.delete(id),
    respond(id, { status, headers, body }) {
      const asked = waiting.get(id);
      if (asked === undefined) return;
      waiting.delete(id);
      audit(asked, status);
      const proof = asked.granted?.sign({ status, headers, body });
      const all = proof === undefined ? headers : { ...headers, ...proof };
      sendAnswer(asked.exchange, { status, headers: all, body }, options.onAnswered);
    },
    stream: (action) => (action.type === 'part' ? sendPart(action) : cutOff(action.id)),
  };

  /** An operator's answer in parts cannot be signed before it is whole, and is not signed. */
  function sendPart({ id, head, text, isLast }: Extract<StreamAction, { type: 'part' }>): void {
    const asked = waiting.get(id);
    if (asked === undefined) return;
    const { exchange } = asked;
    if (head !== undefined) {
      const headers = { ...head.headers, ...exchange.headers };
      asked.open = { status: head.status, stream: exchange.arrival.open({ ...head, headers }, exchange.requestId) };
    }
    if (asked.open === undefined) return;
    const { stream, status } = asked.open;
    if (!isLast) return stream.write(text, () => waiting.has(id) && options.onTaken?.(id));
    waiting.delete(id);
    stream.end(text);
    audit(asked, status);
    options.onAnswered?.(answeredBy(exchange, status));
  }

  function cutOff(id: number): void {
    const asked = waiting.get(id);
    waiting.delete(id);
    asked?.open?.stream.abort();
    if (asked?.open !== undefined) options.onAnswered?.(answeredBy(asked.exchange, asked.open.status));
  }

  function audit({ call, granted }: WaitingRequest, status: number): void {
    if (call !== undefined) options.onAudited?.(call, { by: granted?.by, status });
  }
}

/** Sends an answer, with or without `onAnswered`. */
export function sendAnswer(exchange: Exchange, plain: PlainAnswer, onAnswered: WaitingOptions['onAnswered']): void {
  const answered = answer(exchange, plain);
  onAnswered?.(answered);
}
