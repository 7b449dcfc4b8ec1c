import { WebSocket, type RawData } from 'ws';
import { encodeEnvelope, joinEnvelopes } from '../protocol/codec.ts';
import type { NodeId } from '../protocol/epoch.ts';
import type { Envelope } from '../protocol/messages.ts';
import { frameText } from './frame-text.ts';
import { isFullCopy } from './full-copy.ts';
import { decodeHelloAnswer, FRAME_AT_MOST, HELLO_AT_MOST, HELLO_WITHIN, type Hello } from './hello.ts';
import { createOutgoingCopies } from './outgoing-copies.ts';

/** Where peers listen, on the port that also serves HTTP. */
export const PEER_PATH = '/peer';

/** Envelopes that wait for the socket; beyond it the oldest are dropped, and the protocol sends them again. */
const QUEUED_AT_MOST = 8_192;

/** Bytes handed to the socket and not yet to the kernel; beyond it envelopes wait in the queue. */
const BUFFERED_AT_MOST = 16 * 1024 * 1024;

/** The same for the slices of a full copy: less, so that a heartbeat behind them waits for little. */
const COPY_BUFFERED_AT_MOST = 1024 * 1024;

/** A frame is sent once it is this long, in UTF-16 units; what still waits goes into the next one. */
const FRAME_FULL_AT = 1024 * 1024;

/** The first wait before a link is opened again, and the longest; it doubles in between. In milliseconds. */
const REDIAL_AFTER = 20;
const REDIAL_AFTER_AT_MOST = 500;

/** A link is asked for a sign of life this often, and given up when none came for that long. In milliseconds. */
const PING_EVERY = 1_000;
const SILENT_FOR_AT_MOST = 10_000;

export type LinkState = 'connecting' | 'open' | 'refused' | 'closed';

/** What this node sends to one peer. It hears nothing here but the answer to its hello. */
export interface OutgoingLink {
  /**
   * Sends with all else of this turn of the event loop in one frame. May be lost, never doubled or reordered, except that
   * a full copy goes in slices, and what is sent after it arrives before it.
   */
  send(envelope: Envelope): void;
  state(): LinkState;
  /** Envelopes that wait for the socket. */
  queued(): number;
  close(): void;
}

export interface OutgoingLinkOptions {
  /** `host:port` */
  readonly address: string;
  readonly hello: Hello;
  /** The connection is refused, after there was one: nobody listens there any more. Called again with each attempt. */
  onUnreachable(nodeId: NodeId): void;
  /** The peer does not want to hear from this node, or what it was to hear is too long. */
  onRefused(nodeId: NodeId, reason: string): void;
}

export function openOutgoingLink(options: OutgoingLinkOptions): OutgoingLink {
  const { address, hello } = options;
  let state: LinkState = 'connecting';
  let socket: WebSocket | undefined;
  let queue: Envelope[] = [];
  let flushing = false;
  let wasOpen = false;
  let redialAfter = REDIAL_AFTER;
  let redialing: NodeJS.Timeout | undefined;
  const copies = createOutgoingCopies({
    hasRoom: () => state === 'open' && socket !== undefined && socket.bufferedAmount < COPY_BUFFERED_AT_MOST,
    send: (frame) => socket?.send(frame, afterSend),
  });

  dial();

  return {
    send(envelope) {
      if (state === 'closed') return;
      if (isFullCopy(envelope)) return copies.send(envelope);
      queue.push(envelope);
      if (queue.length > QUEUED_AT_MOST) queue.shift();
      flushSoon();
    },
    state: () => state,
    queued: () => queue.length,
    close() {
      state = 'closed';
      clearTimeout(redialing);
      queue = [];
      copies.clear();
      socket?.terminate();
    },
  };

  function dial(): void {
    // Both ends turn compression off: it costs more than it saves between nodes of one cluster. ws sets TCP_NODELAY itself.
    const dialed = new WebSocket(`ws://${address}${PEER_PATH}`, {
      perMessageDeflate: false,
      maxPayload: HELLO_AT_MOST,
      handshakeTimeout: HELLO_WITHIN,
      followRedirects: false,
    });
    socket = dialed;
    let answerTimer: NodeJS.Timeout | undefined;
    let pinging: NodeJS.Timeout | undefined;
    let heardAt = performance.now();
    dialed.on('open', () => {
      dialed.send(JSON.stringify(hello));
      answerTimer = setTimeout(() => dialed.terminate(), HELLO_WITHIN);
    });
    dialed.on('message', (data: RawData, isBinary: boolean) => {
      clearTimeout(answerTimer);
      if (state === 'open' || isBinary || !welcomed(frameText(data))) return dialed.terminate();
      state = 'open';
      wasOpen = true;
      redialAfter = REDIAL_AFTER;
      heardAt = performance.now();
      pinging = setInterval(() => {
        if (performance.now() - heardAt > SILENT_FOR_AT_MOST) dialed.terminate();
        else dialed.ping();
      }, PING_EVERY);
      flush();
      copies.resume();
    });
    dialed.on('pong', () => {
      heardAt = performance.now();
    });
    dialed.on('error', (error: Error & { readonly code?: string }) => {
      // Where nobody has listened yet, a cluster is being brought up: no reason to think that somebody died.
      if (error.code === 'ECONNREFUSED' && wasOpen && state !== 'closed') options.onUnreachable(hello.to);
    });
    dialed.on('close', () => {
      clearTimeout(answerTimer);
      clearInterval(pinging);
      if (state !== 'closed') redialSoon();
    });
  }

  /** Whether the peer takes what this node sends. */
  function welcomed(text: string): boolean {
    const answer = decodeHelloAnswer(text);
    const refused =
      answer.type === 'rejected'
        ? answer.reason
        : answer.value.type === 'refused'
          ? answer.value.reason
          : answer.value.nodeId !== hello.to
            ? `${address} is ${answer.value.nodeId}`
            : undefined;
    if (refused === undefined) return true;
    state = 'refused';
    redialAfter = REDIAL_AFTER_AT_MOST;
    options.onRefused(hello.to, refused);
    return false;
  }

  function redialSoon(): void {
    if (state === 'open') state = 'connecting';
    // What was said to a process that is gone is of no use to the next one, and stale by then.
    queue = [];
    copies.clear();
    redialing = setTimeout(dial, redialAfter * (0.5 + Math.random() / 2));
    redialAfter = Math.min(redialAfter * 2, REDIAL_AFTER_AT_MOST);
  }

  function flushSoon(): void {
    if (flushing || state !== 'open') return;
    flushing = true;
    setImmediate(() => {
      flushing = false;
      flush();
    });
  }

  function flush(): void {
    while (queue.length > 0 && state === 'open' && socket !== undefined && socket.bufferedAmount < BUFFERED_AT_MOST) {
      socket.send(nextFrame(), afterSend);
    }
  }

  /** The kernel has taken a frame, or there was the error that closes the socket. */
  function afterSend(): void {
    if (queue.length > 0) flushSoon();
    copies.resume();
  }

  function nextFrame(): string {
    const texts: string[] = [];
    for (let size = 0; size < FRAME_FULL_AT;) {
      const envelope = queue.shift();
      if (envelope === undefined) break;
      const text = encodeEnvelope(envelope);
      size += text.length;
      if (text.length < FRAME_AT_MOST / 4 || Buffer.byteLength(text) < FRAME_AT_MOST) texts.push(text);
      else options.onRefused(hello.to, `a message of type ${envelope.message.type} is longer than a frame may be`);
    }
    return joinEnvelopes(texts);
  }
}
