import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { HttpRequest, HttpResponse } from '../../frontend/front-end-io.ts';
import { assert } from '../../protocol/model/assert.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { Authorise, Authorised, OperatorCall, PlainAnswer } from '../../security/authorise.ts';
import { hostOf, isLoopback } from '../../security/loopback.ts';
import { isCertified, type Tls } from '../../security/tls.ts';
import type { Destination } from '../../service/router.ts';
import { createListener, HTTP_LIMITS, type HttpLimits, listen } from '../listener.ts';
import { acceptPeers } from '../peers/upgrade.ts';
import { atTurnEnd } from '../turn-end.ts';
import { watchConnections } from './connections.ts';
import { answer, type Answered, type Arrival, type Exchange, requestIdIn } from './exchange.ts';
import { readFastPath } from './fast-path.ts';
import { freshUuid } from './fresh-uuid.ts';
import { BODY_AT_MOST, readBody } from './http-body.ts';
import { answerOperator, matchOperator, type OperatorPath } from './operator-paths.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** Time for which the rest of a refused body is read and discarded, in milliseconds. */
const REFUSED_BODY_WITHIN = 1_000;

/** Connections at the same time; a further one is closed at once. */
const CONNECTIONS_AT_MOST = 4_096;

/** The one port of a process: HTTP for clients, WebSocket for peers. */
export interface HttpServer {
  /** Resolves to the port, which the system chose if `port` was 0. Rejects when it cannot be bound. */
  listen(port: number, host: string): Promise<number>;
  respond(id: number, response: HttpResponse): void;
  /** Takes no more connections, ends the present ones, and frees the port. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** Requests of one turn of the event loop, in order of arrival. Undefined without a front end: all are 404. */
  readonly onRequests: ((requests: readonly HttpRequest[]) => void) | undefined;
  /** The client of a forwarded request hung up before its answer. */
  onGone(id: number): void;
  /** Operator paths, which take precedence over those of the service. */
  readonly operatorPaths: readonly OperatorPath[];
  readonly authorise: Authorise;
  /** Undefined: no encryption. */
  readonly tls?: Tls | undefined;
  /** Default: `HTTP_LIMITS`. */
  readonly limits?: HttpLimits;
  /** The route of the service for a request, and whether it is for operators only. Default: none. */
  readonly destinationOf?: ((method: string, path: string) => Destination | undefined) | undefined;
  /** The body of the server's own refusals on paths of the service. Default: `{"error": reason}`. */
  refusal?: Refusal | undefined;
  /** A request of any kind was answered. */
  onAnswered?: ((answered: Answered) => void) | undefined;
  /** A peer has opened a WebSocket at `/peer`; `wire` carries it. */
  onPeer(socket: WebSocket, wire: Duplex): void;
}

/** The exchange of a pending request and, for an operator's call, how its answer is signed. */
interface Waiting {
  readonly exchange: Exchange;
  readonly granted: Extract<Authorised, { readonly type: 'granted' }> | undefined;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const waiting = new Map<number, Waiting>();
  let arrived: HttpRequest[] = [];
  let lastId = 0;

  const { tls, refusal = plainly, limits = HTTP_LIMITS } = options;
  const server = createListener(tls, limits, (request, response) => void receive(request, response));
  // Over TLS the handshake comes first, and the fast path would save little.
  if (tls === undefined) openFastPath(server, limits, take);
  server.maxConnections = CONNECTIONS_AT_MOST;
  const connections = watchConnections(server);
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Checked first, so that a client does not even send a body that is too long.
    if (Number(request.headers['content-length'] ?? 0) <= BODY_AT_MOST) response.writeContinue();
    void receive(request, response);
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Duplex) =>
    refuseBytes(error.code, socket, refusal),
  );
  acceptPeers(server, tls, (socket, wire) => options.onPeer(socket, wire));

  return {
    listen: (port, host) => listen(server, port, host),
    respond(id, { status, headers, body }) {
      const asked = waiting.get(id);
      if (asked === undefined) return;
      waiting.delete(id);
      const proof = asked.granted?.sign({ status, headers, body });
      conclude(asked.exchange, { status, headers: proof === undefined ? headers : { ...headers, ...proof }, body });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.close();
      }),
  };

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body.type === 'gone') return;
    const path = request.url ?? '/';
    // The answer to a HEAD is that to a GET; the server omits its body (RFC 9110 §9.3.2).
    const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
    const headers = singleHeaders(request);
    if (body.type === 'refused') {
      const { route, says } = leadsTo(method, path);
      const requestId = requestIdIn(headers) ?? freshUuid();
      refuseBody(request, response, requestId, JSON.stringify(says(400, body.reason)));
      return options.onAnswered?.({ method, path, route, status: 400, millis: 0, requestId });
    }
    take({
      method,
      path,
      headers,
      body: body.text,
      socket: request.socket,
      deliver(plain, requestId) {
        const own = { 'x-request-id': requestId, 'content-length': Buffer.byteLength(plain.body) };
        response.writeHead(plain.status, { ...plain.headers, ...own }).end(plain.body);
      },
      whenGone: (then) => void response.once('close', then),
    });
  }

  function take(arrival: Arrival): void {
    const { method, path, headers, body, socket } = arrival;
    const uuid = freshUuid();
    const trace = requestIdIn(headers);
    const begunAt = performance.now();
    const { operatorPaths, isSigned, route, says } = leadsTo(method, path);
    const exchange = { arrival, route, requestId: trace ?? uuid, begunAt };
    if ((isSigned || operatorPaths.some(({ signed }) => signed)) && !isCertified(tls, socket)) {
      return conclude(exchange, refuse(401, 'this call needs a certificate', says));
    }
    if (operatorPaths.length > 0) {
      const answered = answerOperator(operatorPaths, options.authorise, callOf(arrival));
      return void answered.then((plain) => conclude(exchange, plain));
    }
    if (options.onRequests === undefined) {
      return conclude(exchange, refuse(404, 'this process is a data server: it answers GET /status only', says));
    }
    const authorised = isSigned ? options.authorise(callOf(arrival)) : undefined;
    if (authorised?.type === 'refused') return conclude(exchange, refuse(401, authorised.reason, says));

    lastId += 1;
    const id = lastId;
    waiting.set(id, { exchange, granted: authorised });
    arrival.whenGone(() => {
      if (waiting.delete(id)) options.onGone(id);
    });
    if (arrived.length === 0) atTurnEnd(passOn);
    arrived.push({ id, method, path, headers, body, uuid, trace });
  }

  /** The destination of a request: an operator path, a route of the service, or none. Called once for each request. */
  function leadsTo(method: string, path: string): Way {
    const operatorPaths = matchOperator(options.operatorPaths, path);
    const destination = options.destinationOf?.(method, path);
    return {
      operatorPaths,
      isSigned: destination?.signed === true,
      route: operatorPaths[0]?.path ?? destination?.path ?? 'unknown',
      says: operatorPaths.length > 0 ? plainly : refusal,
    };
  }

  function conclude(exchange: Exchange, plain: PlainAnswer): void {
    const answered = answer(exchange, plain);
    options.onAnswered?.(answered);
  }

  function passOn(): void {
    // Requests whose clients have hung up meanwhile are dropped.
    const requests = arrived.filter(({ id }) => waiting.has(id));
    arrived = [];
    if (requests.length > 0) options.onRequests?.(requests);
  }
}

/** Gives the plain requests of every connection to `take`, and all others to node:http. */
function openFastPath(server: Server, limits: HttpLimits, take: (arrival: Arrival) => void): void {
  const [listener, ...others] = server.listeners('connection');
  assert(listener !== undefined && others.length === 0, 'a connection is taken by node:http alone');
  server.removeAllListeners('connection');
  const leave = (socket: Socket): void => void Reflect.apply(listener, server, [socket]);
  server.on('connection', (socket: Socket) => readFastPath(socket, { limits, take, leave }));
}

function callOf({ method, path, headers, body, socket }: Arrival): OperatorCall {
  const { remoteAddress } = socket;
  const from = remoteAddress === undefined ? undefined : hostOf(remoteAddress);
  return { method, path, headers, body, isLocal: isLoopback(remoteAddress), from };
}

/** The destination of a request, and the format of its refusals. */
interface Way extends Pick<Answered, 'route'> {
  readonly operatorPaths: readonly OperatorPath[];
  /** Whether it is a route of the service for operators only. */
  readonly isSigned: boolean;
  readonly says: Refusal;
}

type Refusal = (status: number, reason: string) => Json;

function plainly(_: number, reason: string): Json {
  return { error: reason };
}

function refuse(status: number, reason: string, says: Refusal): PlainAnswer {
  return { status, headers: JSON_TYPE, body: JSON.stringify(says(status, reason)) };
}

/** Refuses at once, and closes once the client has stopped sending: cut off before, it might not read the answer. */
function refuseBody(request: IncomingMessage, response: ServerResponse, requestId: string, text: string): void {
  response.writeHead(400, {
    'content-type': 'application/json',
    'x-request-id': requestId,
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.write(text);
  const end = (): void => void response.end();
  const patience = setTimeout(end, REFUSED_BODY_WITHIN);
  response.once('close', () => clearTimeout(patience));
  request.once('end', end);
  request.resume();
}

/** Refuses bytes that are no HTTP request, or one that is too long or too slow. */
function refuseBytes(code: string | undefined, socket: Duplex, says: Refusal): void {
  if (!socket.writable || code === 'ECONNRESET') return void socket.destroy();
  const [status, title, reason] =
    code === 'HPE_HEADER_OVERFLOW'
      ? ([431, 'Request Header Fields Too Large', 'the headers are too long'] as const)
      : code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ([408, 'Request Timeout', 'the request took too long to arrive'] as const)
        : ([400, 'Bad Request', 'this is no HTTP request'] as const);
  const body = JSON.stringify(says(status, reason));
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function singleHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
