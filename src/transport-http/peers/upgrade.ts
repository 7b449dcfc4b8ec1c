import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isCertified, type Tls } from '../../security/tls.ts';
import { FRAME_AT_MOST } from '../handshake/hello.ts';
import { PEER_PATH } from './outgoing-link.ts';

/** Accepts WebSockets of peers at `PEER_PATH` only, and hands each on with the wire that carries it. */
export function acceptPeers(
  server: Server,
  tls: Tls | undefined,
  onPeer: (socket: WebSocket, wire: Duplex) => void,
): void {
  const peers = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: FRAME_AT_MOST });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until the socket is handed on, an unhandled error of it would end the process.
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    if (request.url !== PEER_PATH) return refuse('404 Not Found');
    // Any web page can make a browser open a WebSocket to a port that it reaches. A peer is no browser and sends no
    // origin.
    if (request.headers.origin !== undefined) return refuse('403 Forbidden');
    if (!isCertified(tls, socket)) return refuse('401 Unauthorized');
    peers.handleUpgrade(request, socket, head, (peer) => onPeer(peer, socket));
  });
}
