import { STATUS_CODES, validateHeaderValue } from 'node:http';
import type { Socket } from 'node:net';
import type { PlainAnswer } from '../../security/authorise.ts';
import type { HttpLimits } from '../listener.ts';
import type { Arrival } from './exchange.ts';
import { decodeBody } from './http-body.ts';

/** Silence after which node:http takes a connection over, with its timeouts. In milliseconds. */
const SILENT_FOR_AT_MOST = 1_000;

/** The settings and callbacks of the fast path. */
export interface FastPath {
  readonly limits: Pick<HttpLimits, 'maxHeaderSize' | 'keepAliveTimeout'>;
  take(arrival: Arrival): void;
  /** Hands the connection over; what was read and not answered can be read again. */
  leave(socket: Socket): void;
}

/**
 * Reads and answers plain requests, which are nearly all: a GET or POST in one piece, one at a time, without special
 * headers. That costs half of what node:http costs. From the first other request on, or bytes that are no HTTP, a
 * connection is handed over to node:http (docs/decisions/011-fast-path.md).
 */
export function readFastPath(socket: Socket, fastPath: FastPath): void {
  let gone: (() => void) | undefined;
  let isBusy = false;
  let hasSpoken = false;
  /** Bytes that came while a request was under way. */
  let early: Buffer | undefined;

  socket.setTimeout(SILENT_FOR_AT_MOST);
  socket.on('data', read).on('end', end).on('timeout', rest).on('close', close).on('error', ignore);

  function read(chunk: Buffer): void {
    if (isBusy) {
      // A pipelining client is left to node:http. No more of it is read until this request is answered.
      early = early === undefined ? chunk : Buffer.concat([early, chunk]);
      return void socket.pause();
    }
    // A client that does not read is left to node:http, which waits until its answers are taken.
    const request = socket.writableNeedDrain ? undefined : plainRequestIn(chunk, fastPath.limits.maxHeaderSize);
    if (request === undefined) return leave(chunk);
    if (!hasSpoken) socket.setTimeout(fastPath.limits.keepAliveTimeout);
    hasSpoken = true;
    isBusy = true;
    fastPath.take({ ...request, socket, deliver, whenGone: (then) => (gone = then) });
  }

  function deliver(answer: PlainAnswer, requestId: string): void {
    isBusy = false;
    gone = undefined;
    if (socket.writableEnded) return;
    const closes = answer.headers['connection'] === 'close';
    const text = textOf(answer, requestId, closes ? undefined : fastPath.limits.keepAliveTimeout);
    if (closes) return finish(text);
    socket.write(text);
    if (early !== undefined) leave(early);
  }

  /** The last answer: no request behind it is read. */
  function finish(text: string): void {
    socket.off('data', read).resume();
    socket.end(text);
    socket.destroySoon();
  }

  function leave(unread: Buffer | undefined): void {
    socket.off('data', read).off('end', end).off('timeout', rest).off('close', close).off('error', ignore);
    socket.setTimeout(0);
    socket.pause();
    if (unread !== undefined) socket.unshift(unread);
    fastPath.leave(socket);
    socket.resume();
  }

  /** A client that ends its side has hung up. */
  function end(): void {
    socket.end();
  }

  function rest(): void {
    if (isBusy) return;
    if (hasSpoken) socket.destroy();
    else leave(undefined);
  }

  function close(): void {
    gone?.();
  }
}

/** A reset connection emits `close` as well. */
function ignore(): void {}

type PlainRequest = Pick<Arrival, 'method' | 'path' | 'headers' | 'body'>;

const REQUEST_LINE = /^(GET|POST) (\/[!-~]*) HTTP\/1\.1$/;
const HEADER = /^([A-Za-z0-9-]+): ?([!-~](?:[ -~]*[!-~])?)?$/;

/** Headers that change how the request is read, or what becomes of the connection. */
const MEANINGFUL = new Set(['transfer-encoding', 'expect', 'upgrade', 'te', 'trailer', 'http2-settings']);

/** Parses `bytes` as exactly one plain request; undefined for anything else. */
export function plainRequestIn(bytes: Buffer, maxHeaderSize: number): PlainRequest | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0 || headEnd + 4 > maxHeaderSize) return undefined;
  const [line = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const [, method, path] = REQUEST_LINE.exec(line) ?? [];
  const headers = headersIn(lines);
  if (method === undefined || path === undefined || headers === undefined) return undefined;
  const body = bytes.subarray(headEnd + 4);
  if (String(body.length) !== (headers['content-length'] ?? '0')) return undefined;
  const decoded = decodeBody(body);
  return decoded.type === 'read' ? { method, path, headers, body: decoded.text } : undefined;
}

function headersIn(lines: readonly string[]): Readonly<Record<string, string>> | undefined {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [, written, value = ''] = HEADER.exec(line) ?? [];
    if (written === undefined) return undefined;
    const name = written.toLowerCase();
    if (MEANINGFUL.has(name) || Object.hasOwn(headers, name)) return undefined;
    if (name === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
    headers[name] = value;
  }
  return headers['host'] === undefined ? undefined : headers;
}

/** Statuses without a body (RFC 9112 §6.3): a body would be taken for the next answer. */
const BODILESS = new Set([204, 304]);

/** The text of an answer. `keepAlive` in milliseconds; undefined where the connection ends with it. */
function textOf({ status, headers, body }: PlainAnswer, requestId: string, keepAlive: number | undefined): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'connection') continue;
    validateHeaderValue(name, value);
    head += `${name}: ${value}\r\n`;
  }
  const hasBody = !BODILESS.has(status);
  head += `x-request-id: ${requestId}\r\ndate: ${dateNow()}\r\n`;
  if (hasBody) head += `content-length: ${Buffer.byteLength(body)}\r\n`;
  head +=
    keepAlive === undefined
      ? 'connection: close\r\n'
      : `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(keepAlive / 1_000)}\r\n`;
  return `${head}\r\n${hasBody ? body : ''}`;
}

let dateAt = Number.NaN;
let date = '';

/** The date header, to the second. */
function dateNow(): string {
  const second = Math.floor(Date.now() / 1_000);
  if (second !== dateAt) date = new Date(second * 1_000).toUTCString();
  dateAt = second;
  return date;
}
