import type { Socket } from 'node:net';
import type { PlainAnswer } from '../../security/authorise.ts';

/** One HTTP request, complete. */
export interface Arrival {
  /** GET for a HEAD. */
  readonly method: string;
  /** As in the request line, with a query string if there is one. */
  readonly path: string;
  /** By lower-case name; several values of one name are joined. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly socket: Socket;
  /** Sends the answer, once, with the request id. */
  deliver(answer: PlainAnswer, requestId: string): void;
  /** Begins an answer whose body comes in parts (RFC 9112 §7.1), in place of `deliver`. */
  open(head: AnswerHead, requestId: string): AnswerStream;
  /** Calls `then` when the connection ends; before the answer if the client hangs up. */
  whenGone(then: () => void): void;
}

/** An answer before its body. */
export type AnswerHead = Pick<PlainAnswer, 'status' | 'headers'>;

/** The body of an answer, in parts. */
export interface AnswerStream {
  /** Sends a part that is not empty; `taken` is called once the client has taken it, and not if it hangs up. */
  write(text: string, taken: () => void): void;
  end(text: string): void;
  /** Cuts the connection: the client can tell that the answer has no end. */
  abort(): void;
}

/** One HTTP request until its answer. */
export interface Exchange {
  readonly arrival: Pick<Arrival, 'method' | 'path' | 'socket' | 'deliver' | 'open'>;
  /** See `Answered`. */
  readonly route: string;
  /** The client's id of the request (`X-Request-Id`), or a new one. */
  readonly requestId: string;
  /** Headers of the answer besides its own: those for a page of another origin. */
  readonly headers: Readonly<Record<string, string>>;
  /** When the request was complete, by the clock of `performance.now()`. */
  readonly begunAt: number;
}

/** One answer over HTTP, to a client or to an operator. */
export interface Answered {
  readonly method: string;
  /** As in the request line, with a query string if there is one. */
  readonly path: string;
  /**
   * The path pattern of the service or the process, with the names of its parameters. `unknown` where no pattern fits:
   * otherwise clients could choose any number of routes to count.
   */
  readonly route: string;
  readonly status: number;
  /** From the whole request to its answer, in milliseconds. */
  readonly millis: number;
  readonly requestId: string;
}

/** A request id that may stand in any log line and header: at most 128 characters, none of them special there. */
const SANE = /^[\w.:/@=+-]{1,128}$/;

/** The client's `x-request-id`, if it is well-formed. */
export function requestIdIn(headers: Readonly<Record<string, string>>): string | undefined {
  const id = headers['x-request-id'];
  return id !== undefined && SANE.test(id) ? id : undefined;
}

/** Sends the answer with the request id, and reports it. */
export function answer(exchange: Exchange, plain: PlainAnswer): Answered {
  const { arrival, headers, requestId } = exchange;
  arrival.deliver({ ...plain, headers: { ...plain.headers, ...headers } }, requestId);
  return answeredBy(exchange, plain.status);
}

/** The report of an answer that has just ended. */
export function answeredBy({ arrival, route, requestId, begunAt }: Exchange, status: number): Answered {
  const { method, path } = arrival;
  return { method, path, route, status, millis: performance.now() - begunAt, requestId };
}
