import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { isCertified, type Tls } from '../../security/tls.ts';
import { FRAME_AT_MOST } from '../handshake/hello.ts';
import { PEER_PATH } from './outgoing-link.ts';

/** Takes the WebSockets of peers at `PEER_PATH` and nowhere else, and hands each on with what carries it. */
export function acceptPeers(
  server: Server,
  tls: Tls | undefined,
  onPeer: (socket: WebSocket, wire: Duplex) => void,
): void {
  const peers = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: FRAME_AT_MOST });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Until somebody takes it over, an error of the socket is nobody's, and would end the process.
    socket.on('error', () => socket.destroy());
    const refuse = (status: string): void =>
      void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    if (request.url !== PEER_PATH) return refuse('404 Not Found');
    // A page of anybody's makes a browser open a WebSocket to any port it reaches. A peer is no browser and has no origin.
    if (request.headers.origin !== undefined) return refuse('403 Forbidden');
    if (!isCertified(tls, socket)) return refuse('401 Unauthorized');
    peers.handleUpgrade(request, socket, head, (peer) => onPeer(peer, socket));
  });
}
