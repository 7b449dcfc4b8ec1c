import type { Socket } from 'node:net';
import type { PlainAnswer } from '../../security/authorise.ts';

/** One HTTP request, all of which has arrived. */
export interface Arrival {
  /** That of a HEAD is GET. */
  readonly method: string;
  /** As in the request line; may carry a query string. */
  readonly path: string;
  /** By names in small letters; what came under one name several times is one text. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly socket: Socket;
  /** Sends the answer, once, with the id of the request. */
  deliver(answer: PlainAnswer, requestId: string): void;
  /** Calls `then` when the connection ends, at the latest; before the answer where the client hangs up. */
  whenGone(then: () => void): void;
}

/** One HTTP request on its way to its answer. */
export interface Exchange {
  readonly arrival: Pick<Arrival, 'method' | 'path' | 'deliver'>;
  /** See `Answered`. */
  readonly route: string;
  /** What the client calls it (`X-Request-Id`) or, where it does not say, what it is called here. */
  readonly requestId: string;
  /** When all of it had arrived, on the clock of `performance.now()`. */
  readonly begunAt: number;
}

/** One answer over HTTP, to a client or to an operator. */
export interface Answered {
  readonly method: string;
  /** As in the request line; may carry a query string. */
  readonly path: string;
  /**
   * The path as the service or the process writes it, with the names of its parameters; `unknown` where it is none of
   * either's: what is counted by route would have any number of others, at the choice of clients.
   */
  readonly route: string;
  readonly status: number;
  /** From the whole request to its answer, in milliseconds. */
  readonly millis: number;
  readonly requestId: string;
}

/** An id that can stand in any line of a log and in any header: at most 128 characters, and none that mean something there. */
const SANE = /^[\w.:/@=+-]{1,128}$/;

/** The `x-request-id` that a client has sent, if it is one that can be passed on as it is. */
export function requestIdIn(headers: Readonly<Record<string, string>>): string | undefined {
  const id = headers['x-request-id'];
  return id !== undefined && SANE.test(id) ? id : undefined;
}

/** Sends the answer, with the id of the request, and says what was answered. */
export function answer({ arrival, route, requestId, begunAt }: Exchange, plain: PlainAnswer): Answered {
  const { method, path } = arrival;
  arrival.deliver(plain, requestId);
  return { method, path, route, status: plain.status, millis: performance.now() - begunAt, requestId };
}
