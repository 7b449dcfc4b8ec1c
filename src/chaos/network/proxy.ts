import { connect, createServer, type Server, type Socket } from 'node:net';
import type { LinkFate } from '../decide/link-fate.ts';
import { type Pump, startPump } from './pump.ts';

/** A proxy between two ends: one dials it, and it dials the other. */
export interface Proxy {
  listen(): Promise<void>;
  /** Refuses new connections, as a machine without a listener does. Present ones stay. */
  refuse(): void;
  /** Call after the rules have changed. */
  settle(): void;
  /** Breaks every connection; both ends are told. */
  reset(): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly host: string;
  readonly port: number;
  readonly target: { readonly host: string; readonly port: number };
  /** Bytes from the dialling end, and bytes back. */
  readonly forth: Direction;
  readonly back: Direction;
  /** Whether a connection to a process that has ended is refused, or left without an answer. */
  readonly refuses: boolean;
}

export interface Direction {
  linkFate(): LinkFate;
  isOpen(): boolean;
  isCut(): boolean;
}

interface Connection {
  settle(): void;
  end(): void;
}

export function createProxy(options: ProxyOptions): Proxy {
  const { host, port, forth, back } = options;
  const connections = new Set<Connection>();
  let server: Server | undefined;
  return {
    listen() {
      if (server !== undefined) return Promise.resolve();
      const listening = createServer({ noDelay: true }, accept);
      server = listening;
      return new Promise((resolve, reject) => {
        listening.once('error', reject);
        listening.listen(port, host, resolve);
      });
    },
    refuse,
    settle() {
      for (const connection of connections) connection.settle();
    },
    reset,
    async close() {
      refuse();
      reset();
    },
  };

  function refuse(): void {
    server?.close();
    server = undefined;
  }

  function reset(): void {
    for (const connection of connections) connection.end();
  }

  function accept(near: Socket): void {
    const connection = forth.isCut() || back.isCut() ? unheard(near) : carried(near);
    connections.add(connection);
  }

  /**
   * The first packet of the connection is lost: the other end never sees it, and the connection ends once that is
   * known.
   */
  function unheard(near: Socket): Connection {
    const connection = {
      settle() {
        if (!forth.isCut() && !back.isCut()) connection.end();
      },
      end() {
        connections.delete(connection);
        near.destroy();
      },
    };
    near.on('error', () => undefined);
    near.on('close', () => connections.delete(connection));
    near.resume();
    return connection;
  }

  function carried(near: Socket): Connection {
    const far = connect({ ...options.target, noDelay: true });
    const pumps: Pump[] = [];
    const connection = {
      settle() {
        for (const pump of pumps) pump.settle();
      },
      end() {
        connections.delete(connection);
        for (const pump of pumps) pump.stop();
        // A reset, not an end: the other end learns that no more will come.
        near.resetAndDestroy();
        far.resetAndDestroy();
      },
    };
    const broken = (): void => connection.end();
    pumps.push(
      startPump({ source: near, sink: far, linkFate: () => forth.linkFate(), isOpen: () => forth.isOpen(), broken }),
      startPump({ source: far, sink: near, linkFate: () => back.linkFate(), isOpen: () => back.isOpen(), broken }),
    );
    near.on('error', () => undefined);
    far.on('error', (error: Error & { readonly code?: string }) => {
      if (error.code === 'ECONNREFUSED' && !options.refuses) return;
      if (far.connecting || error.code === 'ECONNREFUSED') broken();
    });
    const forget = (): void => {
      if (near.destroyed && far.destroyed) connections.delete(connection);
    };
    near.on('close', forget);
    far.on('close', forget);
    return connection;
  }
}
