import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Decoded } from '../../protocol/model/app.ts';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { decodeEnvelopes } from '../../protocol/wire/codec.ts';
import type { Secret } from '../../security/secret.ts';
import { namesShown, type TlsCaller } from '../../security/tls.ts';
import { sourceOf } from '../by-source.ts';
import type { Build } from '../handshake/build.ts';
import { isLater, type Life } from '../handshake/check-hello.ts';
import { acceptHello, type Accepting } from '../handshake/hello-acceptor.ts';
import {
  type Hello,
  HELLO_AT_MOST,
  HELLO_WITHIN,
  type HelloAnswer,
  type LinkKey,
  type RefusalKind,
  type Self,
} from '../handshake/hello.ts';
import { createIncomingCopies } from '../snapshots/incoming-copies.ts';
import { createInSlices, type InSlices } from '../snapshots/in-slices.ts';
import type { CopyAnswer, IncomingCopy } from '../snapshots/incoming-copy.ts';
import { frameText } from './frame-text.ts';
import { createNameless } from './nameless.ts';

/**
 * Bytes that a socket may send before its hello is whole: two frames, and the framing of WebSocket. One that sends more
 * is closed unread.
 */
const NAMELESS_BYTES_AT_MOST = 3 * HELLO_AT_MOST;

/** Node ids ever heard; a further one is refused. */
const HEARD_AT_MOST = 1_024;

/** WebSocket close codes (RFC 6455 §7.4): policy violated; going away. */
const REFUSED = 1_008;
const GOING_AWAY = 1_001;

/** Incoming links: at most one socket for each peer. */
export interface IncomingLinks {
  /** Whether `accept` would let the wire say a hello: see `NAMELESS_AT_MOST`. */
  hasRoom(wire: Duplex): boolean;
  /** Takes over a socket just upgraded, and the wire that carries it: a hello, then frames of envelopes. */
  accept(socket: WebSocket, wire: Duplex): void;
  close(): void;
}

export interface IncomingLinksOptions {
  readonly self: Self;
  readonly secret: Secret;
  readonly tls: TlsCaller | undefined;
  /** Its own kind. */
  readonly kind: LinkKey;
  /** The kind of a node in the directory. */
  kindOf(nodeId: NodeId): LinkKey | undefined;
  /** The latest life of a node in the directory. */
  known(nodeId: NodeId): Life | undefined;
  /** Where an earlier life of this disk is, if its beat has risen a moment ago. */
  beatsAt(life: Life & Pick<Self, 'nodeId'>): string | undefined;
  /** Whether the directory has the node with this disk as removed. */
  isRemoved(diskId: string): boolean;
  onEnvelopes(envelopes: readonly Envelope[]): void;
  /** The peer has said a whole hello. */
  onWelcomed(nodeId: NodeId, build: Build): void;
  /** The peer's process is another one than the last one heard. */
  onRestarted(nodeId: NodeId): void;
  /** A peer was refused, or cut off for what it sent. */
  onRefused(reason: string, kind?: RefusalKind): void;
}

export function openIncomingLinks(options: IncomingLinksOptions): IncomingLinks {
  const { self, secret } = options;
  const { nodeId } = self;
  const heard = new Map<NodeId, Life>();
  const nameless = createNameless<WebSocket>();
  /** The newest link of each peer: what has arrived over it is still taken when it has closed. */
  const named = new Map<NodeId, Link>();
  const copies = createIncomingCopies();
  const policy = {
    self,
    life: latestLife,
    kind: (peer: NodeId) => (peer === nodeId ? options.kind : options.kindOf(peer)),
    beatsAt: (life: Life & Pick<Self, 'nodeId'>) => options.beatsAt(life),
    isRemoved: (diskId: string) => options.isRemoved(diskId),
    hasRoom: (peer: NodeId) => heard.has(peer) || heard.size < HEARD_AT_MOST,
  };

  return {
    hasRoom: (wire) => nameless.hasRoom(sourceOfWire(wire), performance.now()),
    accept(socket, wire) {
      socket.on('error', () => socket.terminate());
      const { isAdmitted, evicted } = nameless.admit(socket, sourceOfWire(wire), performance.now());
      evicted?.terminate();
      if (!isAdmitted) return socket.terminate();
      const watch = watchNameless(socket, wire);
      let state: Accepting = { type: 'expecting-hello' };
      const names = namesShown(options.tls, wire);
      const acceptor = { policy, secret, nonce: randomBytes(16).toString('hex'), names };
      const listen = (data: RawData, isBinary: boolean): void => {
        if (state.type !== 'expecting-hello' && state.type !== 'expecting-proof') return;
        const [next, said] = acceptHello(state, isBinary ? '' : frameText(data), acceptor);
        state = next;
        if (state.type === 'refused') return refuse(socket, state.reason, state.kind);
        if (state.type === 'welcomed') {
          watch.end();
          socket.off('message', listen);
          welcome(socket, state.hello);
        }
        answer(socket, said);
      };
      socket.on('message', listen);
    },
    close() {
      const links = [...named.values()];
      for (const { slices } of links) slices.stop();
      for (const socket of [...nameless.all(), ...links.map((link) => link.socket)]) {
        socket.close(GOING_AWAY);
        socket.terminate();
      }
      copies.clear();
    },
  };

  /** Limits time and bytes of a socket until its hello is whole. */
  function watchNameless(socket: WebSocket, wire: Duplex): { end(): void } {
    let bytes = 0;
    const count = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes > NAMELESS_BYTES_AT_MOST) socket.terminate();
    };
    const end = (): void => {
      clearTimeout(silence);
      nameless.leave(socket);
      wire.off('data', count);
    };
    const silence = setTimeout(() => refuse(socket, 'no hello in time'), HELLO_WITHIN);
    wire.on('data', count);
    socket.once('close', end);
    return { end };
  }

  function latestLife(peer: NodeId): Life | undefined {
    const [a, b] = [heard.get(peer), options.known(peer)];
    if (a === undefined || b === undefined) return a ?? b;
    return isLater(a, b) ? a : b;
  }

  function welcome(socket: WebSocket, hello: Hello): void {
    const { nodeId: peer, diskId, generation, incarnation, understudy, oldest, build } = hello;
    const before = heard.get(peer);
    const life = { diskId, generation, incarnation };
    heard.set(peer, life);
    // The same process opens a second socket only after it has given up the first.
    const replaced = named.get(peer);
    replaced?.slices.finish();
    replaced?.socket.terminate();
    const link: Link = { socket, peer, copy: copies.connect(peer), slices: createInSlices() };
    named.set(peer, link);
    socket.once('close', () => {
      if (named.get(peer) === link) copies.disconnect(peer);
    });
    socket.on('message', (data: RawData, isBinary: boolean) => hear(link, data, isBinary));
    options.onWelcomed(peer, { understudy, oldest, build });
    if (before !== undefined && isLater(life, before)) options.onRestarted(peer);
  }

  function hear(link: Link, data: RawData, isBinary: boolean): void {
    const { socket, peer, copy, slices } = link;
    // A frame under way when the socket was replaced may be older than those of its successor.
    if (named.get(peer) !== link) return undefined;
    // Frames behind a refused one are ignored: they may be the rest of a full copy.
    if (socket.readyState !== socket.OPEN) return undefined;
    if (isBinary) return cutOff(link, `a binary frame from ${peer}`);
    const text = frameText(data);
    // An array is a frame of envelopes, an object belongs to the full copy under way.
    if (!text.startsWith('{')) return take(link, decodeEnvelopes(text));
    const part = copy.hear(text);
    if (part.type === 'rejected') return take(link, part);
    const { opened, completing } = part.value;
    if (opened !== undefined) return isStray(opened, peer) ? refuseStray(link, opened) : answer(socket, opened.answer);
    if (completing === undefined) return undefined;
    return slices.carryOut(completing, (whole) =>
      take(link, whole.type === 'rejected' ? whole : { type: 'decoded', value: [whole.value] }),
    );
  }

  function take(link: Link, decoded: Decoded<readonly Envelope[]>): void {
    const { peer } = link;
    if (decoded.type === 'rejected') return cutOff(link, `from ${peer}: ${decoded.reason}`);
    const stray = decoded.value.find((envelope) => isStray(envelope, peer));
    if (stray !== undefined) return refuseStray(link, stray);
    if (decoded.value.length > 0) options.onEnvelopes(decoded.value);
    return undefined;
  }

  function isStray({ from, to }: Addressed, peer: NodeId): boolean {
    return from.node !== peer || to.node !== nodeId;
  }

  function refuseStray(link: Link, { from, to }: Addressed): void {
    cutOff(link, `${link.peer} sent an envelope from ${from.node} to ${to.node}`);
  }

  /** Refuses a peer that has said its hello, and drops what it sent last. */
  function cutOff({ socket, slices }: Link, reason: string): void {
    slices.stop();
    refuse(socket, reason);
  }

  function refuse(socket: WebSocket, reason: string, kind?: RefusalKind): void {
    options.onRefused(reason, kind);
    answer(socket, { type: 'refused', reason, kind });
    socket.close(REFUSED);
    // A peer that does not close its side is cut off.
    setTimeout(() => socket.terminate(), HELLO_WITHIN).unref();
  }
}

function sourceOfWire(wire: Duplex): string {
  return sourceOf(wire instanceof Socket ? wire.remoteAddress : undefined);
}

type Addressed = Pick<Envelope, 'from' | 'to'>;

/** The socket of a peer that has said its hello. */
interface Link {
  readonly socket: WebSocket;
  readonly peer: NodeId;
  readonly copy: IncomingCopy;
  /** The completion of full copies. */
  readonly slices: InSlices;
}

function answer(socket: WebSocket, said: HelloAnswer | CopyAnswer): void {
  socket.send(JSON.stringify(said));
}
