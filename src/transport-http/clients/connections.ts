import type { Server, Socket } from 'node:net';

/** A client that has taken nothing of what waits for it for this long is cut off. In milliseconds. */
const TAKES_WITHIN = 60_000;

/** How often that is looked at, in milliseconds. */
const LOOK_EVERY = 5_000;

/** The connections of a server, those that have become WebSockets among them. */
export interface Connections {
  /** Ends them all. */
  close(): void;
}

/** Cuts off who asks and does not read: what waits for it would stay in memory as long as it likes. */
export function watchConnections(server: Server, takesWithin = TAKES_WITHIN, lookEvery = LOOK_EVERY): Connections {
  /** When each was last seen to take something, or to have nothing to take. */
  const seen = new Map<Socket, { readonly written: number; readonly at: number }>();
  const watch = (socket: Socket): void => {
    seen.set(socket, { written: 0, at: performance.now() });
    socket.once('close', () => seen.delete(socket));
  };
  server.on('connection', watch);
  // Over TLS, what waits for the client waits in the socket inside.
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
      // Bytes that the system has taken: those that wait here do not count.
      const taken = socket.bytesWritten - socket.writableLength;
      if (socket.writableLength === 0 || taken > written) seen.set(socket, { written: taken, at: now });
      else if (now - at > takesWithin) socket.destroy();
    }
  }
}
