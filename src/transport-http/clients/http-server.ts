import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { HttpRequest, HttpResponse } from '../../frontend/front-end-io.ts';
import type { Authorise, OperatorCall, PlainAnswer } from '../../security/authorise.ts';
import { hostOf } from '../../security/host-of.ts';
import { isCertified, type Tls } from '../../security/tls.ts';
import type { Destination } from '../../service/router.ts';
import { sourceOf } from '../by-source.ts';
import { createListener, HTTP_LIMITS, type HttpLimits, listen, replaceCertificate } from '../listener.ts';
import { PEER_PATH } from '../handshake/hello.ts';
import { acceptPeers } from '../peers/upgrade.ts';
import { atTurnEnd } from '../turn-end.ts';
import { type BrowserRules, createBrowserGuard } from './browser-guard.ts';
import { CONNECTION_LIMITS, type ConnectionLimits, nameOf, watchConnections } from './connections.ts';
import { type Answered, type Arrival, type Exchange, requestIdIn } from './exchange.ts';
import { createFairTurns } from './fair-turns.ts';
import { freshUuid } from './fresh-uuid.ts';
import { BODY_AT_MOST, readBody } from './http-body.ts';
import { answerAndEnd } from '../last-answer.ts';
import { answerOperator, type Audit, type Audited, matchOperator, type OperatorPath } from './operator-paths.ts';
import { createPendingAnswers } from '../pending-answers.ts';
import { watchReading } from './reading-time.ts';
import { deliver, openStream, refuseUnread } from './responses.ts';
import { isEncoded, methodOf, requestFormOf, singleHeaders } from './request-form.ts';
import { busy, JSON_TYPE, plainly, refuse, type Refusal } from './refusals.ts';
import { refusedBytes } from './refused-bytes.ts';
import { createUntaken, type CutOff } from './untaken.ts';
import { sendAnswer, createWaiting, type StreamAction } from './waiting.ts';

/** The methods of some path. */
const METHODS = 'GET, HEAD, OPTIONS, POST';

/** Requests of one connection that wait for their answers; a further one is 503. */
const PENDING_AT_MOST = 1_000;

/** A page of no other origin, and no name but those that every process has. */
const NO_BROWSERS: BrowserRules = { hosts: [], origins: [] };

/** The one port of a process: HTTP for clients, WebSocket for peers. */
export interface HttpServer {
  /** Resolves to the port, which the system chose if `port` was 0. Rejects when it cannot be bound. */
  listen(port: number, host: string): Promise<number>;
  respond(id: number, response: HttpResponse): void;
  /** Sends a part of an answer, or cuts it off. */
  stream(action: StreamAction): void;
  /** Shows the certificate that `tls` has now to connections from now on. */
  useCertificate(): void;
  /** Takes no more connections, ends the present ones, and frees the port. */
  close(): Promise<void>;
}

export interface HttpServerOptions {
  /** Requests of one turn of the event loop, in order of arrival. Undefined without a front end: all are 404. */
  readonly onRequests: ((requests: readonly HttpRequest[]) => void) | undefined;
  /** The client of a forwarded request hung up before its answer. */
  onGone(id: number): void;
  /** The client has taken the last part of its answer. */
  onTaken?: ((id: number) => void) | undefined;
  /** Operator paths, which take precedence over those of the service. */
  readonly operatorPaths: readonly OperatorPath[];
  readonly authorise: Authorise;
  /** Undefined: no encryption. */
  readonly tls?: Tls | undefined;
  /** Default: `HTTP_LIMITS`. */
  readonly limits?: HttpLimits;
  /** Default: `CONNECTION_LIMITS`. */
  readonly connectionLimits?: ConnectionLimits | undefined;
  /** Default: no page of another origin, and no further names. */
  readonly browsers?: BrowserRules | undefined;
  /** The route of the service for a request, and whether it is for operators only. Default: none. */
  readonly destinationOf?: ((method: string, path: string) => Destination | undefined) | undefined;
  /** The body of the server's own refusals on paths of the service. Default: `{"error": reason}`. */
  refusal?: Refusal | undefined;
  /** A request of any kind was answered. */
  onAnswered?: ((answered: Answered) => void) | undefined;
  /** A connection was cut off whose client did not take its answers. */
  onCutOff?: ((cutOff: CutOff) => void) | undefined;
  /** A call that needs a proof was taken or refused. */
  onAudited?: Audit | undefined;
  /** Whether one more may open a link over the wire. Default: any may. */
  readonly hasRoomForPeer?: ((wire: Duplex) => boolean) | undefined;
  /** A peer has opened a WebSocket at `/peer`; `wire` carries it. */
  onPeer(socket: WebSocket, wire: Duplex): void;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  let arrived: HttpRequest[] = [];

  const { tls, refusal = plainly, limits = HTTP_LIMITS } = options;
  const guard = createBrowserGuard(options.browsers ?? NO_BROWSERS);
  const server = createListener(tls, limits, (request, response) => void receive(request, response));
  const connectionLimits = options.connectionLimits ?? CONNECTION_LIMITS;
  const connections = watchConnections(server, connectionLimits, options.onCutOff);
  const untaken = createUntaken({
    atMost: connectionLimits.untakenAtMost,
    idleFor: (socket) => connections.idleFor(socket),
    onCutOff: options.onCutOff,
  });
  const reading = watchReading(server, limits);
  const pending = createPendingAnswers();
  const waiting = createWaiting(options);
  const fairTurns = createFairTurns();
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    // Checked first, so that a client does not even send a body that is too long.
    if (Number(request.headers['content-length'] ?? 0) <= BODY_AT_MOST) response.writeContinue();
    void receive(request, response);
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    pending.begin(request, response, () => undefined);
    refuseHead(request, response, 417, 'expect: only 100-continue is understood');
  });
  server.on('connect', (_: IncomingMessage, socket: Duplex) => {
    const answered = refuse(405, 'this is no proxy', refusal);
    pending.afterAll(socket, () => answerAndEnd(socket, { ...answered, headers: { ...JSON_TYPE, allow: METHODS } }));
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket: Duplex) => {
    const refused = refusedBytes(error);
    if (refused === undefined) {
      socket.destroy();
      return;
    }
    const { status, reason } = refused;
    const refuseLast = (): void =>
      pending.afterAll(socket, () => answerAndEnd(socket, refuse(status, reason, refusal)));
    if (status === 408) reading.overdue(socket, refuseLast);
    else refuseLast();
  });
  acceptPeers(server, {
    tls,
    pending,
    refusal: (status, reason) => refuse(status, reason, plainly),
    hasRoom: options.hasRoomForPeer,
    onPeer(socket, wire) {
      connections.becomesLink(wire);
      options.onPeer(socket, wire);
    },
  });

  return {
    listen: (port, host) => listen(server, port, host),
    respond: (id, response) => waiting.respond(id, response),
    stream: (action) => waiting.stream(action),
    useCertificate: () => replaceCertificate(server, tls),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        connections.close();
      }),
  };

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const isCrowded = pending.count(socket) >= PENDING_AT_MOST;
    let gone: (() => void) | undefined;
    pending.begin(request, response, () => gone?.());
    const form = requestFormOf(request);
    if (form.type === 'refused') return refuseHead(request, response, form.status, form.reason);
    const body = await readBody(request);
    // Of a pipeline whose connection was cut off meanwhile, the rest is not worth an answer.
    if (body.type === 'gone' || socket.destroyed) return;
    if (body.type === 'refused') return refuseHead(request, response, body.status, body.reason);
    const begunAt = performance.now();
    const hasRoom = fairTurns.hasRoomFor(socket, body.text.length);
    const arrival: Arrival = {
      method: methodOf(request),
      path: form.path,
      headers: singleHeaders(request),
      body: hasRoom ? body.text : '',
      socket,
      deliver(plain, requestId) {
        response.once('close', untaken.add(socket, plain.body.length));
        deliver(response, plain, requestId);
      },
      open: (head, requestId) => openStream(request, response, head, requestId, untaken),
      whenGone: (then) => (gone = then),
    };
    const begin = (): void => {
      response.once('close', () => fairTurns.leave(socket));
      take(arrival, form.host, isCrowded || !hasRoom, begunAt);
    };
    fairTurns.enter(socket, begin, arrival.body.length);
  }

  /** Refuses a request before its body is read, and ends the connection. */
  function refuseHead(request: IncomingMessage, response: ServerResponse, status: number, reason: string): void {
    const [method, path] = [methodOf(request), request.url ?? '/'];
    const { route, says } = leadsTo(method, path);
    const requestId = requestIdIn(singleHeaders(request)) ?? freshUuid();
    refuseUnread(request, response, refuse(status, reason, says), requestId);
    options.onAnswered?.({ method, path, route, status, millis: 0, requestId });
  }

  function take(arrival: Arrival, host: string | undefined, isCrowded: boolean, begunAt: number): void {
    const { method, path, headers, body, socket } = arrival;
    const uuid = freshUuid();
    const trace = requestIdIn(headers);
    const { operatorPaths, destination, route, says } = leadsTo(method, path);
    const isReserved = connections.isReserved(socket);
    const closes = isReserved ? { connection: 'close' } : {};
    const own = { ...guard.headersFor(headers), ...closes };
    const exchange = { arrival, route, requestId: trace ?? uuid, begunAt, headers: own };
    const changes = method === 'GET' && destination?.changes === true;
    const foreign = guard.refusal({ method, host, headers, changes });
    if (foreign !== undefined) return conclude(exchange, refuse(foreign.status, foreign.reason, says));
    if (path === '*' || guard.isPreflight(arrival))
      return conclude(exchange, { status: 204, headers: { allow: METHODS }, body: '' });
    if (isEncoded(headers)) {
      const refused = refuse(415, 'content-encoding: the body must not be encoded', says);
      return conclude(exchange, { ...refused, headers: { ...refused.headers, 'accept-encoding': 'identity' } });
    }
    if (isCrowded || (isReserved && operatorPaths.length === 0))
      return conclude(
        exchange,
        busy(isReserved ? 'too many connections' : 'too many requests of one connection', says),
      );
    const isSigned = destination?.signed === true;
    if ((isSigned || operatorPaths.some(({ signed }) => signed)) && !isCertified(tls, socket)) {
      audit(callOf(arrival), { by: undefined, status: 401, reason: 'no certificate' });
      return conclude(exchange, refuse(401, 'this call needs a certificate', says));
    }
    if (operatorPaths.length > 0) {
      const answered = answerOperator(operatorPaths, options.authorise, callOf(arrival), audit);
      return void answered.then((plain) => conclude(exchange, plain));
    }
    if (path.split('?', 1)[0] === PEER_PATH) {
      const refused = refuse(426, 'nodes open WebSockets here', says);
      return conclude(exchange, { ...refused, headers: { ...refused.headers, upgrade: 'websocket' } });
    }
    if (options.onRequests === undefined) {
      return conclude(exchange, refuse(404, 'this process is a data server: it answers GET /status only', says));
    }
    const authorised = isSigned ? options.authorise(callOf(arrival)) : undefined;
    if (authorised?.type === 'refused') {
      audit(callOf(arrival), { by: undefined, status: 401, reason: authorised.reason });
      return conclude(exchange, refuse(401, authorised.reason, says));
    }

    const id = waiting.begin({
      exchange,
      granted: authorised,
      call: authorised === undefined ? undefined : callOf(arrival),
    });
    arrival.whenGone(() => {
      if (waiting.drop(id)) options.onGone(id);
    });
    if (arrived.length === 0) atTurnEnd(passOn);
    const from = { connection: nameOf(socket), source: sourceOf(socket.remoteAddress) };
    arrived.push({ id, method, path, headers, body, uuid, trace, ...from });
  }

  /** The destination of a request: an operator path, a route of the service, or none. Called once for each request. */
  function leadsTo(method: string, path: string): Way {
    const operatorPaths = matchOperator(options.operatorPaths, path);
    const destination = options.destinationOf?.(method, path);
    return {
      operatorPaths,
      destination,
      route: operatorPaths[0]?.path ?? destination?.path ?? 'unknown',
      says: operatorPaths.length > 0 ? plainly : refusal,
    };
  }

  function audit(call: OperatorCall, outcome: Audited): void {
    options.onAudited?.(call, outcome);
  }

  function conclude(exchange: Exchange, plain: PlainAnswer): void {
    sendAnswer(exchange, plain, options.onAnswered);
  }

  function passOn(): void {
    // Requests whose clients have hung up meanwhile are dropped.
    const requests = arrived.filter(({ id }) => waiting.has(id));
    arrived = [];
    if (requests.length > 0) options.onRequests?.(requests);
  }
}

function callOf({ method, path, headers, body, socket }: Arrival): OperatorCall {
  const { remoteAddress } = socket;
  const from = remoteAddress === undefined ? undefined : hostOf(remoteAddress);
  return { method, path, headers, body, from };
}

/** The destination of a request, and the format of its refusals. */
interface Way extends Pick<Answered, 'route'> {
  readonly operatorPaths: readonly OperatorPath[];
  /** The route of the service. */
  readonly destination: Destination | undefined;
  readonly says: Refusal;
}
