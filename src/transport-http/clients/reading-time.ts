import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Server as TlsServer } from 'node:tls';
import type { HttpLimits } from '../listener.ts';

type Limits = Pick<HttpLimits, 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'>;

/**
 * The time in which a request must arrive. That of node:http goes on while this process does not read: while a
 * connection is paused (`fair-turns.ts`, or node:http itself where answers wait for the client), and while the event
 * loop stands still. Both are made up for: the time begins anew once the connection is read again.
 */
export interface ReadingTime {
  /** The time of node:http is over. Runs `refuse` at once or later; never if the request arrives before. */
  overdue(socket: Duplex, refuse: () => void): void;
}

interface Connection {
  isPaused: boolean;
  readSince: number;
  /** The newest one whose head has arrived. */
  request: IncomingMessage | undefined;
  overdue: Overdue | undefined;
}

interface Overdue {
  /** The request, once its head has arrived. */
  request: IncomingMessage | undefined;
  readonly refuse: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** Events of a server that tell of a head. */
const HEADS = ['request', 'checkContinue', 'checkExpectation', 'upgrade', 'connect'];

export function watchReading(server: Server, limits: Limits): ReadingTime {
  const { headersTimeout, requestTimeout, connectionsCheckingInterval: every } = limits;
  const connections = new WeakMap<Duplex, Connection>();
  let lookedAt = performance.now();
  let stoodUntil = 0;

  server.on(server instanceof TlsServer ? 'secureConnection' : 'connection', watch);
  for (const event of HEADS) server.on(event, arrive);
  const looking = setInterval(noteStandstill, every);
  looking.unref();
  server.once('close', () => clearInterval(looking));
  return {
    overdue(socket, refuse) {
      // The timer of node:http may run before the own one.
      noteStandstill();
      const connection = connections.get(socket);
      if (connection === undefined) return refuse();
      const { request } = connection;
      connection.overdue = { request: request?.complete === false ? request : undefined, refuse, timer: undefined };
      decide(connection);
    },
  };

  /** Also for a connection that node:http is given anew, without listeners of `pause` and `resume` (`upgrade.ts`). */
  function watch(socket: Duplex): void {
    const connection = connections.get(socket) ?? begin(socket);
    settle(connection);
    connection.isPaused = false;
    socket.on('pause', () => {
      connection.isPaused = true;
      clearTimeout(connection.overdue?.timer);
    });
    socket.on('resume', () => {
      connection.isPaused = false;
      connection.readSince = performance.now();
      decide(connection);
    });
  }

  function begin(socket: Duplex): Connection {
    const connection: Connection = { isPaused: false, readSince: 0, request: undefined, overdue: undefined };
    connections.set(socket, connection);
    socket.once('close', () => settle(connection));
    return connection;
  }

  function arrive(request: IncomingMessage): void {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    connection.request = request;
    const { overdue } = connection;
    if (overdue === undefined) return;
    // The head of the next one: that which was overdue has arrived.
    if (overdue.request !== undefined) settle(connection);
    else overdue.request = request;
  }

  function decide(connection: Connection): void {
    const { overdue, isPaused, readSince } = connection;
    clearTimeout(overdue?.timer);
    if (overdue === undefined || isPaused) return;
    if (overdue.request?.complete === true) return settle(connection);
    const limit = overdue.request === undefined ? headersTimeout : requestTimeout;
    const left = limit - (performance.now() - Math.max(readSince, stoodUntil));
    if (left > 0) {
      overdue.timer = setTimeout(decide, left, connection);
      return;
    }
    settle(connection);
    overdue.refuse();
  }

  function settle(connection: Connection): void {
    clearTimeout(connection.overdue?.timer);
    connection.overdue = undefined;
  }

  function noteStandstill(): void {
    const now = performance.now();
    if (now - lookedAt - every > headersTimeout / 4) stoodUntil = now;
    lookedAt = now;
  }
}
