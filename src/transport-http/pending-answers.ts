import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** Time for which a request is still answered whose client has ended its side, in milliseconds. */
const HALF_CLOSED_FOR = 5_000;

/** The requests of each connection that are not answered yet. */
export interface PendingAnswers {
  /**
   * Counts one more, as soon as its head is there. `gone`: the connection has ended before the answer was out; called
   * at most once.
   */
  begin(request: IncomingMessage, response: ServerResponse, gone: () => void): void;
  count(socket: Duplex): number;
  /**
   * Runs `then` once the answers to all whole requests are out: at once if there are none, and once the connection has
   * ended at the latest. Of several that wait on one connection the first counts.
   */
  afterAll(socket: Duplex, then: () => void): void;
}

interface Pending {
  readonly request: IncomingMessage;
  readonly gone: () => void;
}

interface Connection {
  readonly pending: Map<ServerResponse, Pending>;
  then: (() => void) | undefined;
}

/** A writer to a connection beside node:http asks here first: no answer is put in another's place. */
export function createPendingAnswers(): PendingAnswers {
  const connections = new WeakMap<Duplex, Connection>();
  return {
    begin(request, response, gone) {
      const connection = connectionOf(request.socket);
      connection.pending.set(response, { request, gone });
      response.once('close', () => settle(connection, response));
    },
    count: (socket) => connections.get(socket)?.pending.size ?? 0,
    afterAll(socket, then) {
      const connection = connectionOf(socket);
      connection.then ??= then;
      runOnceEmpty(connection);
    },
  };

  function connectionOf(socket: Duplex): Connection {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { pending: new Map(), then: undefined };
    connections.set(socket, connection);
    socket.once('close', () => {
      // Answers that wait behind another one are not told by node:http.
      for (const response of connection.pending.keys()) settle(connection, response);
    });
    // A client may end its side and read on (`nc -N`), or have hung up: that looks the same.
    socket.once('end', () => {
      const patience = setTimeout(() => socket.destroy(), HALF_CLOSED_FOR);
      socket.once('close', () => clearTimeout(patience));
    });
    return connection;
  }

  function settle(connection: Connection, response: ServerResponse): void {
    const settled = connection.pending.get(response);
    if (settled === undefined) return;
    connection.pending.delete(response);
    if (!response.writableFinished) settled.gone();
    runOnceEmpty(connection);
  }

  function runOnceEmpty(connection: Connection): void {
    const { pending, then } = connection;
    if (then === undefined || [...pending].some(isAnswered)) return;
    connection.then = undefined;
    then();
  }
}

/** Whether an answer will come: a request that is not whole gets none, unless one was begun. */
function isAnswered([response, { request }]: readonly [ServerResponse, Pending]): boolean {
  return request.complete || response.headersSent;
}
