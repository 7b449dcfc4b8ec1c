import { randomBytes } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { encodeEnvelope, joinEnvelopes } from '../../protocol/wire/codec.ts';
import type { Secret } from '../../security/secret.ts';
import { callerOptions, type TlsCaller } from '../../security/tls.ts';
import { openHello, type Opening } from '../handshake/hello-opener.ts';
import { FRAME_AT_MOST, HELLO_AT_MOST, HELLO_WITHIN, type Self, WIRE_VERSION } from '../handshake/hello.ts';
import { isFullCopy } from '../snapshots/full-copy.ts';
import { createOutgoingCopies } from '../snapshots/outgoing-copies.ts';
import { createRateLimit } from '../snapshots/rate-limit.ts';
import { atTurnEnd } from '../turn-end.ts';
import { frameText } from './frame-text.ts';

/** Where peers listen, on the port that also serves HTTP. */
export const PEER_PATH = '/peer';

/**
 * Envelopes that wait for the socket. A peer that takes them more slowly is sent nothing more on this socket: it is closed, what
 * waits is dropped, and the link is opened again. While there is no socket, the oldest are dropped.
 */
export const QUEUED_AT_MOST = 8_192;

/** Bytes handed to the socket and not yet to the kernel; beyond it envelopes wait in the queue. */
const BUFFERED_AT_MOST = 16 * 1024 * 1024;

/** The same for the slices of a full copy: less, so that a heartbeat behind them waits for little. */
const COPY_BUFFERED_AT_MOST = 1024 * 1024;

/** Characters of full copies that go out on one link in a second: the rest of the link is for all that must not wait. */
const COPIED_PER_SECOND = 32 * 1024 * 1024;

/** A frame is sent once it is this long, in UTF-16 units; what still waits goes into the next one. */
const FRAME_FULL_AT = 1024 * 1024;

/** The first wait before a link is opened again, and the longest; it doubles in between. In milliseconds. */
const REDIAL_AFTER = 20;
const REDIAL_AFTER_AT_MOST = 500;

/** A link is asked for a sign of life this often, and given up when none came for that long. In milliseconds. */
const PING_EVERY = 1_000;
const SILENT_FOR_AT_MOST = 10_000;

/** What a network and processes that come and go do all the time. */
const ORDINARY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

export type LinkState = 'connecting' | 'open' | 'refused' | 'closed';

/** What this node sends to one peer. It hears nothing here but the answer to its hello, and how much of a full copy is there. */
export interface OutgoingLink {
  /**
   * Sends with all else of this turn of the event loop in one frame. May be lost, never doubled or reordered, except that
   * a full copy goes in slices, and what is sent after it arrives before it.
   */
  send(envelope: Envelope): void;
  state(): LinkState;
  /** Envelopes that wait for the socket. */
  queued(): number;
  /** Is not opened again from now on: where it is open, it lasts until it breaks. */
  retire(): void;
  isRetired(): boolean;
  close(): void;
}

export interface OutgoingLinkOptions {
  /** `host:port` */
  readonly address: string;
  readonly self: Self;
  readonly to: NodeId;
  readonly secret: Secret | undefined;
  /** Undefined: the link is not encrypted. */
  readonly tls: TlsCaller | undefined;
  /** Characters of full copies in a second; `COPIED_PER_SECOND` unless said. */
  readonly copiedPerSecond?: number | undefined;
  /** The connection is refused, after there was one: nobody listens there any more. Called again with each attempt. */
  onUnreachable(nodeId: NodeId): void;
  /** The peer does not want to hear from this node, or cannot be talked to, or what it was to hear is too long. Said once. */
  onProblem(nodeId: NodeId, problem: string): void;
}

export function openOutgoingLink(options: OutgoingLinkOptions): OutgoingLink {
  const { address, self, to, secret, tls } = options;
  let state: LinkState = 'connecting';
  let socket: WebSocket | undefined;
  let queue: Envelope[] = [];
  let flushing = false;
  let wasOpen = false;
  let retired = false;
  let told: string | undefined;
  let redialAfter = REDIAL_AFTER;
  let redialing: NodeJS.Timeout | undefined;
  const copySocket = {
    hasRoom: () => state === 'open' && socket !== undefined && socket.bufferedAmount < COPY_BUFFERED_AT_MOST,
    send: (frame: string) => socket?.send(frame, afterSend),
  };
  const copies = createOutgoingCopies(copySocket, createRateLimit(options.copiedPerSecond ?? COPIED_PER_SECOND));

  dial();

  return {
    send(envelope) {
      if (state === 'closed') return;
      if (isFullCopy(envelope)) return copies.send(envelope);
      queue.push(envelope);
      if (queue.length > QUEUED_AT_MOST) makeRoom();
      flushSoon();
    },
    state: () => state,
    queued: () => queue.length,
    retire() {
      retired = true;
      if (state !== 'open') close();
    },
    isRetired: () => retired,
    close,
  };

  function close(): void {
    state = 'closed';
    clearTimeout(redialing);
    queue = [];
    copies.clear();
    socket?.terminate();
  }

  function dial(): void {
    // Both ends turn compression off: it costs more than it saves between nodes of one cluster. ws sets TCP_NODELAY itself.
    // Masks keep a page in a browser from speaking to proxies (RFC 6455 §10.3); a mask of zeros is one, and costs neither end anything.
    const dialed = new WebSocket(`${tls === undefined ? 'ws' : 'wss'}://${address}${PEER_PATH}`, {
      ...callerOptions(tls),
      perMessageDeflate: false,
      generateMask: (mask) => mask.fill(0),
      maxPayload: HELLO_AT_MOST,
      handshakeTimeout: HELLO_WITHIN,
      followRedirects: false,
    });
    socket = dialed;
    let answerTimer: NodeJS.Timeout | undefined;
    let pinging: NodeJS.Timeout | undefined;
    let heardAt = performance.now();
    const hello = { understudy: WIRE_VERSION, ...self, to, nonce: randomBytes(16).toString('hex') };
    let opening: Opening = { type: 'expecting-answer' };
    dialed.on('open', () => {
      dialed.send(JSON.stringify(hello));
      answerTimer = setTimeout(() => dialed.terminate(), HELLO_WITHIN);
    });
    dialed.on('message', (data: RawData, isBinary: boolean) => {
      if (opening.type === 'open' && !isBinary && copies.hear(frameText(data))) return;
      // Once it is open, nothing else comes back but why it is closed.
      if (opening.type === 'open' || opening.type === 'refused') return dialed.terminate();
      const [next, said] = openHello(opening, isBinary ? '' : frameText(data), { hello, secret });
      opening = next;
      if (said !== undefined) dialed.send(JSON.stringify(said));
      if (opening.type === 'refused') {
        refuse(opening.reason);
        dialed.terminate();
      }
      if (opening.type !== 'open') return;
      clearTimeout(answerTimer);
      state = 'open';
      wasOpen = true;
      told = undefined;
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
      if (error.code === 'ECONNREFUSED' && wasOpen && state !== 'closed') options.onUnreachable(to);
      // Nobody mends these by waiting: a certificate that is not believed, or something else that listens there.
      if (state !== 'closed' && !isOrdinary(error.code ?? '')) tell(error.message);
    });
    dialed.on('close', () => {
      clearTimeout(answerTimer);
      clearInterval(pinging);
      if (retired) close();
      if (state !== 'closed') redialSoon();
    });
  }

  /** Who does not believe this node's certificate just hangs up. */
  function isOrdinary(code: string): boolean {
    return ORDINARY.has(code) && (code !== 'ECONNRESET' || tls === undefined || wasOpen);
  }

  function refuse(reason: string): void {
    state = 'refused';
    redialAfter = REDIAL_AFTER_AT_MOST;
    tell(reason);
  }

  /** Once, however often it is tried again. */
  function tell(problem: string): void {
    if (problem !== told) options.onProblem(to, problem);
    told = problem;
  }

  function redialSoon(): void {
    if (state === 'open') state = 'connecting';
    // What was said to a process that is gone is of no use to the next one, and stale by then.
    queue = [];
    copies.interrupt();
    redialing = setTimeout(dial, redialAfter * (0.5 + Math.random() / 2));
    redialAfter = Math.min(redialAfter * 2, REDIAL_AFTER_AT_MOST);
  }

  function makeRoom(): void {
    if (state !== 'open') return void queue.shift();
    flush();
    if (queue.length <= QUEUED_AT_MOST) return;
    // What was said so long ago is stale, and the protocol says it again.
    tell(`it takes too little: ${QUEUED_AT_MOST} messages wait for it`);
    queue = [];
    socket?.terminate();
  }

  function flushSoon(): void {
    if (flushing || state !== 'open') return;
    flushing = true;
    atTurnEnd(() => {
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
      else options.onProblem(to, `a message of type ${envelope.message.type} is longer than a frame may be`);
    }
    return joinEnvelopes(texts);
  }
}
