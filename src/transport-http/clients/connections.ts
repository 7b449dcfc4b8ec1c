import type { Server, Socket } from 'node:net';

/** Time after which a client that reads nothing of its answers is cut off, in milliseconds. */
const TAKES_WITHIN = 60_000;

/** Interval of that check, in milliseconds. */
const LOOK_EVERY = 5_000;

/** The connections of a server, WebSockets included. */
export interface Connections {
  /** Ends all connections. */
  close(): void;
}

/** Cuts off clients that ask and do not read: their answers would stay in memory. */
export function watchConnections(server: Server, takesWithin = TAKES_WITHIN, lookEvery = LOOK_EVERY): Connections {
  /** The last instant at which each client read something, or had nothing to read. */
  const seen = new Map<Socket, { readonly written: number; readonly at: number }>();
  const watch = (socket: Socket): void => {
    seen.set(socket, { written: 0, at: performance.now() });
    socket.once('close', () => seen.delete(socket));
  };
  server.on('connection', watch);
  // Over TLS, the answers wait in the inner socket.
  server.on('secureConnection', watch);
  const looking = setInterval(look, lookEvery);
  looking.unref();
  return {
    close() {
      clearInterval(looking);
      for (const socket of seen.keys()) socket.destroy();
    },
  };

  function look(): void {
    const now = performance.now();
    for (const [socket, { written, at }] of seen) {
      // Bytes that the system has taken, without those that wait here.
      const taken = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || taken > written) seen.set(socket, { written: taken, at: now });
      else if (now - at > takesWithin) socket.destroy();
    }
  }
}
