import type { ServerResponse } from 'node:http';
import type { PlainAnswer } from '../security/authorise.ts';

/** One HTTP request on its way to its answer. */
export interface Exchange {
  readonly response: ServerResponse;
  /** That of a HEAD is GET. */
  readonly method: string;
  /** As in the request line; may carry a query string. */
  readonly path: string;
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
export function answer(exchange: Exchange, { status, headers, body }: PlainAnswer): Answered {
  const { response, method, path, requestId, begunAt } = exchange;
  response
    .writeHead(status, { ...headers, 'x-request-id': requestId, 'content-length': Buffer.byteLength(body) })
    .end(body);
  return { method, path, status, millis: performance.now() - begunAt, requestId };
}
