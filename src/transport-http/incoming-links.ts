import type { RawData, WebSocket } from 'ws';
import type { Decoded } from '../protocol/app.ts';
import { decodeEnvelopes } from '../protocol/codec.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Envelope } from '../protocol/messages.ts';
import { frameText } from './frame-text.ts';
import { decodeHello, HELLO_WITHIN, type HelloAnswer, refusal, type Threshold } from './hello.ts';
import { createIncomingCopy, type IncomingCopy } from './incoming-copy.ts';

/** Sockets that have not said hello yet; one more is closed at once. */
const NAMELESS_AT_MOST = 64;

/** WebSocket close codes (RFC 6455 §7.4): policy violated; going away. */
const REFUSED = 1_008;
const GOING_AWAY = 1_001;

/** What peers send to this node: at most one socket each. */
export interface IncomingLinks {
  /** Takes over a socket just upgraded: first a hello, then frames of envelopes. */
  accept(socket: WebSocket): void;
  close(): void;
}

export interface IncomingLinksOptions {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  readonly incarnation: number;
  readonly peers: ReadonlySet<NodeId>;
  onEnvelopes(envelopes: readonly Envelope[]): void;
  /** The peer's process is another one than was last heard. */
  onRestarted(nodeId: NodeId): void;
  /** Somebody was refused, or cut off for what was said. */
  onRefused(reason: string): void;
}

export function openIncomingLinks(options: IncomingLinksOptions): IncomingLinks {
  const { clusterId, nodeId, peers } = options;
  const incarnations = new Map<NodeId, number>();
  const threshold: Threshold = { clusterId, nodeId, peers, incarnations };
  const nameless = new Set<WebSocket>();
  const named = new Map<NodeId, WebSocket>();

  return {
    accept(socket) {
      socket.on('error', () => socket.terminate());
      if (nameless.size >= NAMELESS_AT_MOST) return refuse(socket, 'too many peers that have not said hello');
      nameless.add(socket);
      const silence = setTimeout(() => refuse(socket, 'no hello in time'), HELLO_WITHIN);
      socket.once('close', () => {
        clearTimeout(silence);
        nameless.delete(socket);
      });
      socket.once('message', (data: RawData, isBinary: boolean) => {
        clearTimeout(silence);
        nameless.delete(socket);
        welcome(socket, isBinary ? '' : frameText(data));
      });
    },
    close() {
      for (const socket of [...nameless, ...named.values()]) {
        socket.close(GOING_AWAY);
        socket.terminate();
      }
    },
  };

  function welcome(socket: WebSocket, text: string): void {
    const decoded = decodeHello(text);
    if (decoded.type === 'rejected') return refuse(socket, decoded.reason);
    const { nodeId: peer, incarnation } = decoded.value;
    const reason = refusal(decoded.value, threshold);
    if (reason !== undefined) return refuse(socket, reason);

    const seen = incarnations.get(peer);
    incarnations.set(peer, incarnation);
    // The same process opens a second socket only when it has given up the first.
    named.get(peer)?.terminate();
    named.set(peer, socket);
    socket.once('close', () => {
      if (named.get(peer) === socket) named.delete(peer);
    });
    const copy = createIncomingCopy();
    socket.on('message', (data: RawData, isBinary: boolean) => hear(socket, peer, copy, data, isBinary));
    answer(socket, { type: 'welcome', nodeId, incarnation: options.incarnation });
    if (seen !== undefined && seen < incarnation) options.onRestarted(peer);
  }

  function hear(socket: WebSocket, peer: NodeId, copy: IncomingCopy, data: RawData, isBinary: boolean): void {
    // A frame that was under way when the socket was replaced may be older than what its successor brought.
    if (named.get(peer) !== socket) return;
    // What follows upon something that was refused is not heard: the rest of a full copy may be under way.
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) return refuse(socket, `a binary frame from ${peer}`);
    const decoded = decodeFrame(frameText(data), copy);
    if (decoded.type === 'rejected') return refuse(socket, `from ${peer}: ${decoded.reason}`);
    const stray = decoded.value.find(({ from, to }) => from.node !== peer || to.node !== nodeId);
    if (stray !== undefined)
      return refuse(socket, `${peer} sent an envelope from ${stray.from.node} to ${stray.to.node}`);
    if (decoded.value.length > 0) options.onEnvelopes(decoded.value);
  }

  function refuse(socket: WebSocket, reason: string): void {
    options.onRefused(reason);
    answer(socket, { type: 'refused', reason });
    socket.close(REFUSED);
    // Whoever does not close its side is not waited for.
    setTimeout(() => socket.terminate(), HELLO_WITHIN).unref();
  }
}

/** The envelopes that are whole with this frame: an array of them, or what an object adds to the full copy under way. */
function decodeFrame(text: string, copy: IncomingCopy): Decoded<readonly Envelope[]> {
  if (!text.startsWith('{')) return decodeEnvelopes(text);
  const decoded = copy.hear(text);
  if (decoded.type === 'rejected') return decoded;
  return { type: 'decoded', value: decoded.value === undefined ? [] : [decoded.value] };
}

function answer(socket: WebSocket, said: HelloAnswer): void {
  socket.send(JSON.stringify(said));
}
