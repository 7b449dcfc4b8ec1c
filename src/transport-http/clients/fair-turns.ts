/** Requests that a connection may have under way, if all connections together have not too many. */
const UNDER_WAY_AT_MOST = 16;

/** Requests under way of all connections together; beyond it a connection has one at most. */
const TOGETHER_AT_MOST = 4_096;

/** Requests that are begun in one turn of the event loop: few enough to look at other connections soon. */
const BEGUN_AT_ONCE = 128;

/** Connections that are read on in one turn: each may bring 64 KiB of requests, which are all parsed at once. */
const READ_ON_AT_ONCE = 4;

/** Characters of the bodies of all requests that wait; beyond it a connection has one that waits with its body. */
const WAITING_SIZE_AT_MOST = 64 * 1024 * 1024;

/**
 * The order in which requests are begun: by connections in turn, one request each. A client that pipelines without end
 * gets one turn where another one gets one, and its connection is read no further while its requests wait. A
 * connection with nothing under way always may begin one.
 *
 * By connection, not by address: all clients behind a proxy have one address.
 */
export interface FairTurns {
  /** Whether a body of `size` characters may wait for its turn. */
  hasRoomFor(socket: Pausable, size: number): boolean;
  /**
   * Runs `begin` when it is the request's turn: at once, if nothing waits. Never where the connection ends before.
   * `size`: characters of its body.
   */
  enter(socket: Pausable, begin: () => void, size?: number): void;
  /** A request that was begun is answered. */
  leave(socket: Pausable): void;
}

/** What is used of a socket. */
export interface Pausable {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

interface Waiting {
  readonly begin: () => void;
  readonly size: number;
}

interface Connection {
  readonly socket: Pausable;
  underWay: number;
  readonly waiting: Waiting[];
  /** Whether it is among those whose turn comes. */
  isInLine: boolean;
  isPaused: boolean;
}

/** `atNextTurn` runs a task in the next turn of the event loop. */
export function createFairTurns(atNextTurn: (task: () => void) => void = setImmediate): FairTurns {
  const connections = new Map<Pausable, Connection>();
  const line: Connection[] = [];
  const crowded = new Set<Connection>();
  const drained: Connection[] = [];
  let together = 0;
  let waitingSize = 0;
  let begun = 0;
  let isDue = false;
  return {
    hasRoomFor(socket, size) {
      if (size === 0 || waitingSize + size <= WAITING_SIZE_AT_MOST) return true;
      return (connections.get(socket)?.waiting.length ?? 0) === 0;
    },
    enter(socket, begin, size = 0) {
      if (socket.destroyed) return;
      const connection = connectionOf(socket);
      schedule();
      if (line.length === 0 && begun < BEGUN_AT_ONCE && connection.waiting.length === 0 && mayBegin(connection))
        return start(connection, begin);
      connection.waiting.push({ begin, size });
      waitingSize += size;
      // One that is paused as well: node:http reads on where a client has taken its answers.
      if (connection.waiting.length >= UNDER_WAY_AT_MOST) crowded.add(connection);
      joinLine(connection);
    },
    leave(socket) {
      const connection = connections.get(socket);
      if (connection === undefined || connection.underWay === 0) return;
      connection.underWay -= 1;
      together -= 1;
      joinLine(connection);
    },
  };

  function connectionOf(socket: Pausable): Connection {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection: Connection = { socket, underWay: 0, waiting: [], isInLine: false, isPaused: false };
    connections.set(socket, connection);
    socket.once('close', () => {
      connections.delete(socket);
      crowded.delete(connection);
      together -= connection.underWay;
      connection.underWay = 0;
      for (const { size } of connection.waiting.splice(0)) waitingSize -= size;
    });
    return connection;
  }

  function mayBegin({ underWay }: Connection): boolean {
    return underWay === 0 || (underWay < UNDER_WAY_AT_MOST && together < TOGETHER_AT_MOST);
  }

  function joinLine(connection: Connection): void {
    // One that may begin none has some under way, and is asked again when it is answered.
    if (connection.isInLine || connection.waiting.length === 0 || !mayBegin(connection)) return;
    connection.isInLine = true;
    line.push(connection);
    schedule();
  }

  function start(connection: Connection, begin: () => void): void {
    connection.underWay += 1;
    together += 1;
    begun += 1;
    begin();
  }

  function schedule(): void {
    if (isDue) return;
    isDue = true;
    atNextTurn(turn);
  }

  function turn(): void {
    isDue = false;
    begun = 0;
    // Not before: the body of a request that is being read would resume its socket.
    for (const connection of crowded) {
      connection.isPaused = true;
      connection.socket.pause();
    }
    crowded.clear();
    for (let next = line.shift(); next !== undefined; next = begun < BEGUN_AT_ONCE ? line.shift() : undefined) {
      next.isInLine = false;
      const waiting = mayBegin(next) ? next.waiting.shift() : undefined;
      if (waiting === undefined) continue;
      waitingSize -= waiting.size;
      start(next, waiting.begin);
      if (next.waiting.length > 0) joinLine(next);
      else if (next.isPaused) drained.push(next);
    }
    for (const { socket } of drained.splice(0, READ_ON_AT_ONCE).map(readOn)) socket.resume();
    if (line.length > 0 || drained.length > 0) schedule();
  }

  function readOn(connection: Connection): Connection {
    connection.isPaused = false;
    return connection;
  }
}
