import type { Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sourceOf } from '../by-source.ts';
import { LINGERS_FOR } from '../last-answer.ts';
import { createPlaces, type PlaceLimits } from './places.ts';
import { clientOf, type CutOff } from './untaken.ts';

export interface ConnectionLimits extends PlaceLimits {
  /** Time after which a client that reads nothing of its answers is cut off, in milliseconds. */
  readonly takesWithin: number;
  /** Characters of answers, of all connections together, that clients have not taken (`untaken.ts`). */
  readonly untakenAtMost: number;
  /** Interval of the look at all connections, in milliseconds. */
  readonly lookEvery: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  connectionsAtMost: 4_096,
  perSourceAtMost: 1_024,
  reservedAtMost: 256,
  takesWithin: 60_000,
  untakenAtMost: 128 * 1024 * 1024,
  lookEvery: 1_000,
};

/** Connections that the kernel hands over at the same time: all places, and links of a thousand peers. */
const HANDED_OVER_AT_MOST = 6_144;

/** The connections of a server, links of peers included. */
export interface Connections {
  /** Whether a connection was taken beyond the places for clients: it may ask the process itself only. */
  isReserved(socket: Duplex): boolean;
  /** A connection has become a peer's: links have bounds of their own, and need no place. */
  becomesLink(socket: Duplex): void;
  /** For how long a client has taken nothing of what waits for it, in milliseconds. */
  idleFor(socket: object): number;
  /** Ends all connections. */
  close(): void;
}

/** What is known of one socket. Over TLS a connection is two sockets, and the answers wait in the inner one. */
interface Seen {
  readonly written: number;
  /** The last instant at which the client read something, or had nothing to read. */
  readonly at: number;
  /** Since when this side has ended, in the same time. */
  readonly endedAt: number | undefined;
}

/**
 * Gives each connection its place, and looks at all of them: cut off are clients that ask and do not read, whose
 * answers would stay in memory, and those that leave their side open once this one has ended.
 */
export function watchConnections(
  server: Server,
  limits: ConnectionLimits = CONNECTION_LIMITS,
  onCutOff: (cutOff: CutOff) => void = ignore,
): Connections {
  const seen = new Map<Socket, Seen>();
  const places = createPlaces(limits);
  const sockets = new Map<string, Socket>();
  server.maxConnections = HANDED_OVER_AT_MOST;

  server.on('connection', (socket: Socket) => {
    // An ignored upgrade gives node:http the same connection once more.
    if (seen.has(socket)) return;
    const place = nameOf(socket);
    sockets.set(place, socket);
    watch(socket);
    socket.once('close', () => {
      sockets.delete(place);
      places.leave(place);
    });
    const evicted = places.take(place, sourceOf(socket.remoteAddress));
    if (evicted !== undefined) sockets.get(evicted)?.destroy();
  });
  server.on('secureConnection', watch);
  const looking = setInterval(look, limits.lookEvery);
  looking.unref();
  return {
    isReserved: (socket) => places.isReserved(nameOf(socket)),
    becomesLink: (socket) => places.leave(nameOf(socket)),
    idleFor(socket) {
      if (!(socket instanceof Socket)) return 0;
      const known = seen.get(socket);
      return known === undefined || isTaking(socket, known) ? 0 : performance.now() - known.at;
    },
    close() {
      clearInterval(looking);
      for (const socket of seen.keys()) socket.destroy();
    },
  };

  function watch(socket: Socket): void {
    if (seen.has(socket)) return;
    seen.set(socket, { written: 0, at: performance.now(), endedAt: undefined });
    // A reset connection emits `close` as well; between two owners of the socket nothing else would hear of it.
    socket.on('error', ignore);
    socket.once('close', () => seen.delete(socket));
  }

  function look(): void {
    const now = performance.now();
    for (const [socket, known] of seen) {
      const { at, endedAt } = known;
      const taken = takenFrom(socket);
      if (endedAt !== undefined && now - endedAt > LINGERS_FOR) socket.destroy();
      else if (socket.writableFinished) seen.set(socket, { written: taken, at: now, endedAt: endedAt ?? now });
      else if (isTaking(socket, known)) seen.set(socket, { written: taken, at: now, endedAt });
      else if (now - at > limits.takesWithin) {
        onCutOff({ reason: 'stalled', from: clientOf(socket) });
        socket.destroy();
      }
    }
  }
}

/** Bytes that the system has taken, without those that wait here. */
function takenFrom({ bytesWritten, writableLength }: Socket): number {
  return bytesWritten - writableLength;
}

/** Whether the client has read something since it was last looked at, or has nothing to read. */
function isTaking(socket: Socket, { written }: Seen): boolean {
  return socket.writableLength === 0 || takenFrom(socket) > written;
}

/** A socket of either kind. */
type Addressed = Duplex & { readonly remoteAddress?: string | undefined; readonly remotePort?: number | undefined };

/** A connection, by the address and port it comes from: the same for both sockets of one over TLS. */
export function nameOf(socket: Addressed): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}

function ignore(): void {}
