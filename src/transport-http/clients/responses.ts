import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PlainAnswer } from '../../security/authorise.ts';
import type { AnswerHead, AnswerStream } from './exchange.ts';
import type { Untaken } from './untaken.ts';
import { LINGERS_FOR, NOT_STORED } from '../last-answer.ts';

/** Statuses without a body, and so without its length (RFC 9110 §8.6). */
const BODILESS = [204, 304];

/** Sends an answer. One that HTTP has no form for, by its status or a header, is an error of the service: 500. */
export function deliver(response: ServerResponse, { status, headers, body }: PlainAnswer, requestId: string): void {
  const own = { ...NOT_STORED, 'x-request-id': requestId };
  const size = BODILESS.includes(status) ? {} : { 'content-length': Buffer.byteLength(body) };
  try {
    if (!Number.isInteger(status) || status < 200) throw new RangeError(`status ${status}`);
    response.writeHead(status, { ...headers, ...own, ...size }).end(body);
  } catch {
    const text = JSON.stringify({ error: 'the answer to this request has no form in HTTP' });
    const type = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    response.writeHead(500, { ...own, ...type }).end(text);
  }
}

/** Begins an answer in parts. Without a length it is chunked: a client can tell one that was cut off. */
export function openStream(
  { socket }: IncomingMessage,
  response: ServerResponse,
  { status, headers }: AnswerHead,
  requestId: string,
  untaken: Untaken,
): AnswerStream {
  response.writeHead(status, { ...headers, ...NOT_STORED, 'x-request-id': requestId });
  return {
    write(text, taken) {
      const takeOff = untaken.add(socket, text.length);
      response.write(text, (error) => {
        takeOff();
        if (!error) taken();
      });
    },
    end(text) {
      response.once('close', untaken.add(socket, text.length));
      response.end(text);
    },
    abort: () => void socket.destroy(),
  };
}

/**
 * Sends a refusal at once, and ends the connection when the client has stopped sending, after `LINGERS_FOR` at most:
 * cut off before, it might not read the answer.
 */
export function refuseUnread(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: PlainAnswer,
  requestId: string,
): void {
  const own = { ...NOT_STORED, 'x-request-id': requestId, 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...own, connection: 'close' });
  response.write(body);
  const end = (): void => void response.end();
  const patience = setTimeout(end, LINGERS_FOR);
  response.once('close', () => clearTimeout(patience));
  if (request.readableEnded) return end();
  request.once('end', end);
  request.resume();
}
