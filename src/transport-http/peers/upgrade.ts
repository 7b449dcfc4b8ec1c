import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PlainAnswer } from '../../security/authorise.ts';
import { isCertified, type Tls } from '../../security/tls.ts';
import { answerAndEnd } from '../last-answer.ts';
import type { PendingAnswers } from '../pending-answers.ts';
import { FRAME_AT_MOST, PEER_PATH } from '../handshake/hello.ts';

export interface PeerUpgrades {
  readonly tls: Tls | undefined;
  readonly pending: PendingAnswers;
  refusal(status: number, reason: string): PlainAnswer;
  /** Whether one more may open a link. Default: any may. */
  readonly hasRoom: ((wire: Duplex) => boolean) | undefined;
  onPeer(socket: WebSocket, wire: Duplex): void;
}

/**
 * How long an upgrade for which there is no room is left unanswered, in milliseconds. It keeps its place among the
 * connections of its source meanwhile: closed at once, a flood would open the next one at once.
 */
const KEPT_WAITING_FOR = 1_000;

/**
 * Accepts WebSockets of peers at `PEER_PATH`, and hands each on with the wire that carries it. Any other `Upgrade` is
 * ignored, and its request answered (RFC 9110 §7.8): `h2c` above all, which some clients ask for by default.
 */
export function acceptPeers(server: Server, upgrades: PeerUpgrades): void {
  const { tls, pending } = upgrades;
  const peers = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: FRAME_AT_MOST });
  const refuse = (socket: Duplex, status: number, reason: string): void =>
    answerAndEnd(socket, upgrades.refusal(status, reason));
  peers.on('wsClientError', (error, socket) => refuse(socket, 400, error.message));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    pending.afterAll(socket, () => {
      if (socket.destroyed) return;
      if (!asksToPeer(request)) return receiveWithoutUpgrade(server, tls, request, socket, head);
      // Any web page can make a browser open a WebSocket to a port that it reaches. A peer is no browser and sends no
      // origin.
      if (request.headers.origin !== undefined) return refuse(socket, 403, 'a browser opens no link');
      if (!isCertified(tls, socket)) return refuse(socket, 401, 'a link needs a certificate');
      if (upgrades.hasRoom?.(socket) === false) return closeLater(socket);
      peers.handleUpgrade(request, socket, head, (peer) => upgrades.onPeer(peer, socket));
    });
  });
}

function asksToPeer({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && url === PEER_PATH && headers.upgrade?.toLowerCase() === 'websocket';
}

function closeLater(socket: Duplex): void {
  const patience = setTimeout(() => socket.destroy(), KEPT_WAITING_FOR);
  socket.once('close', () => clearTimeout(patience));
}

/** Gives the request back to node:http without its `Upgrade`, with what came behind it. */
function receiveWithoutUpgrade(
  server: Server,
  tls: Tls | undefined,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines: string[] = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    const lower = name.toLowerCase();
    if (lower !== 'upgrade') lines.push(`${name}: ${lower === 'connection' ? withoutUpgrade(value) : value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  // node:http adds both anew, and the idle time of an earlier answer would end this one.
  socket.removeAllListeners('pause').removeAllListeners('resume');
  request.socket.setTimeout(0);
  server.emit(tls === undefined ? 'connection' : 'secureConnection', socket);
  socket.resume();
}

function withoutUpgrade(connection: string): string {
  const options = connection.split(',').map((option) => option.trim());
  return options.filter((option) => option.toLowerCase() !== 'upgrade').join(', ');
}
