import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { answerOperator, type OperatorPath } from './clients/operator-paths.ts';
import { NOT_STORED } from './last-answer.ts';
import { listen } from './listener.ts';

/** Paths that a probe asks for. */
export const PROBED = ['/healthz', '/readyz'] as const;

/** Connections at the same time; for one more the oldest is closed. */
const CONNECTIONS_AT_MOST = 32;

/** Time from a connection to its end, in milliseconds. */
const ENDS_WITHIN = 5_000;

const LIMITS = {
  maxHeaderSize: 4 * 1024,
  headersTimeout: 2_000,
  requestTimeout: 2_000,
  connectionsCheckingInterval: 500,
} as const;

/**
 * A port for probes alone. The system hands connections over one by one in their order: on the port of all clients a
 * probe waits behind a flood of them, however fast it is answered.
 */
export interface ProbeListener {
  /** Resolves to the port, which the system chose if `port` was 0. Rejects when it cannot be bound. */
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
}

/**
 * Answers `GET` and `HEAD` of the paths `PROBED` among `paths`, each on a connection of its own, in plain HTTP. Nothing
 * else of the process is behind it.
 */
export function createProbeListener(paths: readonly OperatorPath[]): ProbeListener {
  const probes = paths.filter(({ path }) => PROBED.some((probed) => probed === path));
  const sockets = new Set<Socket>();
  const server = createServer(LIMITS, (request, response) => void receive(request, response));
  server.on('clientError', (_, socket) => socket.destroy());
  server.on('connection', (socket) => {
    sockets.add(socket);
    const patience = setTimeout(() => socket.destroy(), ENDS_WITHIN);
    socket.once('close', () => {
      clearTimeout(patience);
      sockets.delete(socket);
    });
    const [oldest] = sockets;
    if (sockets.size > CONNECTIONS_AT_MOST) oldest?.destroy();
  });
  return {
    listen: (port, host) => listen(server, port, host),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };

  async function receive({ method, url = '' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const fitting = probes.filter(({ path }) => path === url);
    const isRead = method === 'GET' || method === 'HEAD';
    const call = { method: 'GET', path: url, headers: {}, body: '', from: undefined };
    const { status, headers, body } =
      isRead && fitting.length > 0 ? await answerOperator(fitting, unsigned, call, ignore) : UNKNOWN;
    const size = { 'content-length': Buffer.byteLength(body), connection: 'close' };
    response.writeHead(status, { ...headers, ...NOT_STORED, ...size }).end(body);
  }
}

const UNKNOWN = { status: 404, headers: {}, body: '' };

/** No probe needs a proof. */
function unsigned(): { readonly type: 'refused'; readonly reason: string } {
  return { type: 'refused', reason: 'this port takes no signed call' };
}

function ignore(): void {}
