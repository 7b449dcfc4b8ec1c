import { randomBytes } from 'node:crypto';
import { type RawData, WebSocket } from 'ws';
import type { NodeId } from '../../protocol/model/epoch.ts';
import type { Envelope } from '../../protocol/model/messages.ts';
import { encodeEnvelope } from '../../protocol/wire/codec.ts';
import { commonVersion, SPOKEN } from '../../protocol/wire/spoken.ts';
import type { Secret } from '../../security/secret.ts';
import { callerOptions, namesShown, type TlsCaller } from '../../security/tls.ts';
import { type Build, ownBuild, rangeOf } from '../handshake/build.ts';
import { notInCertificate } from '../handshake/hello-acceptor.ts';
import { openHello, type Opening } from '../handshake/hello-opener.ts';
import {
  FRAME_AT_MOST,
  HELLO_AT_MOST,
  HELLO_WITHIN,
  PEER_PATH,
  type LinkKey,
  type RefusalKind,
  type Self,
} from '../handshake/hello.ts';
import { isFullCopy } from '../snapshots/full-copy.ts';
import { createOutgoingCopies } from '../snapshots/outgoing-copies.ts';
import { createRateLimit } from '../snapshots/rate-limit.ts';
import { atTurnEnd } from '../turn-end.ts';
import { frameText } from './frame-text.ts';
import { isOrdinary } from './ordinary-errors.ts';
import { createOutgoingQueue, FRAME_FULL_AT } from './outgoing-queue.ts';

/** What waits for a peer, in UTF-16 units, from which on it gets no more long answers; half of it ends that. */
const BACKLOG_AT = 8 * 1024 * 1024;

/** Bytes handed to the socket and not yet to the kernel; beyond it envelopes wait in the queue. */
const BUFFERED_AT_MOST = 16 * 1024 * 1024;

/** The same for slices of a full copy: less, so that a heartbeat behind them waits little. */
const COPY_BUFFERED_AT_MOST = 1024 * 1024;

/** Characters of full copies on one link in a second. The rest of the link is for messages that must not wait. */
const COPIED_PER_SECOND = 32 * 1024 * 1024;

/** First and longest wait before a link is opened again; it doubles in between. In milliseconds. */
const REDIAL_AFTER = 20;
const REDIAL_AFTER_AT_MOST = 500;

/** After so many dials in vain a peer that was never reached is dialled seldom, at this interval in milliseconds. */
const DIALS_IN_VAIN = 60;
const REDIAL_UNREACHED_AFTER = 10_000;

/** Interval of pings; a link without a pong for that long is given up. In milliseconds. */
const PING_EVERY = 1_000;
const SILENT_FOR_AT_MOST = 10_000;

export type LinkState = 'connecting' | 'open' | 'refused' | 'closed';

/** Outgoing link to one peer. It receives nothing but the answer to its hello, and the progress of a full copy. */
export interface OutgoingLink {
  /**
   * Sends with all else of this turn of the event loop in one frame. May be lost, never doubled or reordered, except
   * that a full copy goes in slices, and later envelopes arrive before it.
   */
  send(envelope: Envelope): void;
  state(): LinkState;
  /** The peer is there: one that was never reached is dialled at once, and as often as any other again. */
  hurry(): void;
  /** Envelopes that wait for the socket. */
  queued(): number;
  /** Never opens the link again; an open one lasts until it breaks. */
  retire(): void;
  isRetired(): boolean;
  close(): void;
}

export interface OutgoingLinkOptions {
  /** `host:port` */
  readonly address: string;
  readonly self: Self;
  readonly to: NodeId;
  /** Whose key is proven to it; asked at each attempt. */
  key(): LinkKey;
  /** Whether the link is to be opened again where it breaks; asked before each attempt. Default: always. */
  readonly isWanted?: (() => boolean) | undefined;
  readonly secret: Secret;
  /** Undefined: no encryption. */
  readonly tls: TlsCaller | undefined;
  /** Characters of full copies in a second. Default: `COPIED_PER_SECOND`. */
  readonly copiedPerSecond?: number | undefined;
  /**
   * The connection is refused, after there was one: no process listens there any more. Called again with each attempt.
   */
  onUnreachable(nodeId: NodeId): void;
  /** The peer refuses this node, at each attempt. */
  onTurnedAway?(nodeId: NodeId): void;
  /** The link is open, to this build. */
  onOpen?(nodeId: NodeId, peer: Build): void;
  /** Much waits for the peer, or little does again. Called within `send`, too. */
  onBacklog?(nodeId: NodeId, isLong: boolean): void;
  /**
   * The peer refuses this node, cannot be reached over this protocol, or a message is too long. Called once for each
   * problem.
   */
  onProblem(nodeId: NodeId, problem: string, kind?: RefusalKind): void;
}

export function openOutgoingLink(options: OutgoingLinkOptions): OutgoingLink {
  const { address, self, to, secret, tls } = options;
  let state: LinkState = 'connecting';
  let socket: WebSocket | undefined;
  const queue = createOutgoingQueue();
  let isBacklogged = false;
  let flushing = false;
  let wasOpen = false;
  let retired = false;
  let told: string | undefined;
  let redialAfter = REDIAL_AFTER;
  let dials = 0;
  let redialing: NodeJS.Timeout | undefined;
  /** What is sent before the peer has said its versions is of the oldest one, which all understand. */
  let version = SPOKEN.from;
  const copySocket = {
    version: () => version,
    hasRoom: () => state === 'open' && socket !== undefined && socket.bufferedAmount < COPY_BUFFERED_AT_MOST,
    send: (frame: string) => socket?.send(frame, afterSend),
    failed: (reason: string) => tell(reason),
  };
  const copies = createOutgoingCopies(copySocket, createRateLimit(options.copiedPerSecond ?? COPIED_PER_SECOND));

  dial();

  return {
    send(envelope) {
      if (state === 'closed') return;
      if (isFullCopy(envelope)) return copies.send(envelope);
      const text = textOf(envelope);
      if (text === undefined) return;
      queue.add(text);
      if (queue.isTooLong()) makeRoom();
      flushSoon();
      reportBacklog();
    },
    state: () => state,
    queued: () => queue.length(),
    retire() {
      retired = true;
      if (state !== 'open') close();
    },
    isRetired: () => retired,
    hurry() {
      if (wasOpen || dials <= DIALS_IN_VAIN || state === 'closed') return;
      dials = 0;
      redialAfter = REDIAL_AFTER;
      clearTimeout(redialing);
      if (socket?.readyState !== WebSocket.CONNECTING) dial();
    },
    close,
  };

  function close(): void {
    state = 'closed';
    clearTimeout(redialing);
    clearQueue();
    copies.clear();
    socket?.terminate();
  }

  function dial(): void {
    dials += 1;
    const dialed = openSocket();
    if (dialed === undefined) return;
    socket = dialed;
    let answerTimer: NodeJS.Timeout | undefined;
    let pinging: NodeJS.Timeout | undefined;
    let heardAt = performance.now();
    const hello = { ...ownBuild(), ...self, key: options.key(), to, nonce: randomBytes(16).toString('hex') };
    let opening: Opening = { type: 'expecting-answer' };
    dialed.on('upgrade', ({ socket: wire }) => {
      if (namesShown(tls, wire)?.includes(to) !== false) return;
      refuse(notInCertificate(to));
      opening = { type: 'refused', reason: '' };
    });
    dialed.on('open', () => {
      if (opening.type === 'refused') return dialed.terminate();
      dialed.send(JSON.stringify(hello));
      answerTimer = setTimeout(() => dialed.terminate(), HELLO_WITHIN);
    });
    dialed.on('message', (data: RawData, isBinary: boolean) => {
      if (opening.type === 'open' && !isBinary && copies.hear(frameText(data))) return;
      // An open link receives nothing but the reason why it closes.
      if (opening.type === 'open' || opening.type === 'refused') return dialed.terminate();
      const [next, said] = openHello(opening, isBinary ? '' : frameText(data), { hello, secret });
      opening = next;
      if (said !== undefined) dialed.send(JSON.stringify(said));
      if (opening.type === 'refused') {
        refuse(opening.reason, opening.kind);
        options.onTurnedAway?.(to);
        dialed.terminate();
      }
      if (opening.type !== 'open') return;
      clearTimeout(answerTimer);
      version = commonVersion(SPOKEN, rangeOf(opening.peer)) ?? SPOKEN.from;
      options.onOpen?.(to, opening.peer);
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
      // A port that was never open belongs to a cluster that is still starting: no reason for suspicion.
      if (error.code === 'ECONNREFUSED' && wasOpen && state !== 'closed') options.onUnreachable(to);
      // Waiting does not mend these: a certificate that is not trusted, or another program that listens there.
      if (state !== 'closed' && !isOrdinary(error.code, tls !== undefined, wasOpen)) tell(error.message);
    });
    dialed.on('close', () => {
      clearTimeout(answerTimer);
      clearInterval(pinging);
      if (retired) close();
      if (state !== 'closed') redialSoon();
    });
  }

  /** A socket to the peer; undefined where its address or the certificates make that impossible, which time can mend. */
  function openSocket(): WebSocket | undefined {
    try {
      // Both ends turn compression off: between nodes of one cluster it costs more than it saves. ws sets TCP_NODELAY
      // itself. Masks keep a page in a browser from speaking to proxies (RFC 6455 §10.3); a mask of zeros is valid and
      // costs neither end anything.
      return new WebSocket(`${tls === undefined ? 'ws' : 'wss'}://${address}${PEER_PATH}`, {
        ...callerOptions(tls),
        perMessageDeflate: false,
        generateMask: (mask) => mask.fill(0),
        maxPayload: HELLO_AT_MOST,
        handshakeTimeout: HELLO_WITHIN,
        followRedirects: false,
      });
    } catch (error) {
      redialAfter = REDIAL_AFTER_AT_MOST;
      tell(`it cannot be dialled: ${error instanceof Error ? error.message : String(error)}`);
      redialSoon();
      return undefined;
    }
  }

  function refuse(reason: string, kind?: RefusalKind): void {
    state = 'refused';
    redialAfter = REDIAL_AFTER_AT_MOST;
    tell(reason, kind);
  }

  /** Reports a problem once, however often the link is tried again. */
  function tell(problem: string, kind?: RefusalKind): void {
    if (problem !== told) options.onProblem(to, problem, kind);
    told = problem;
  }

  function dialAgain(): void {
    if (options.isWanted?.() !== false) return dial();
    // As retired: another disk under this name is linked to anew.
    retired = true;
    close();
  }

  function redialSoon(): void {
    if (state === 'open') state = 'connecting';
    version = SPOKEN.from;
    // Messages for a process that is gone are stale, and useless to the next one.
    clearQueue();
    copies.interrupt();
    redialing = setTimeout(dialAgain, redialAfter * (0.5 + Math.random() / 2));
    const isUnreached = !wasOpen && dials > DIALS_IN_VAIN;
    redialAfter = isUnreached ? REDIAL_UNREACHED_AFTER : Math.min(redialAfter * 2, REDIAL_AFTER_AT_MOST);
  }

  /**
   * Without a socket, the oldest messages are dropped. A peer that takes them too slowly gets no more on this socket: it
   * is closed, the queue is dropped, and the link is opened again.
   */
  function makeRoom(): void {
    if (state !== 'open') {
      while (queue.isTooLong()) queue.dropOldest();
      return;
    }
    flush();
    if (!queue.isTooLong()) return;
    // Messages that waited so long are stale; the protocol repeats them.
    tell(`it takes too little: ${queue.length()} messages of ${queue.size()} characters wait for it`);
    clearQueue();
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
    while (queue.length() > 0 && state === 'open' && socket !== undefined && socket.bufferedAmount < BUFFERED_AT_MOST) {
      socket.send(queue.nextFrame(), afterSend);
    }
  }

  /** Called when the kernel has taken a frame, or with the error that closes the socket. */
  function afterSend(): void {
    if (queue.length() > 0) flushSoon();
    reportBacklog();
    copies.resume();
  }

  /** The text of an envelope; undefined where it is none that a frame can hold. */
  function textOf(envelope: Envelope): string | undefined {
    const { type } = envelope.message;
    try {
      const text = encodeEnvelope(envelope, version);
      if (text.length < FRAME_AT_MOST / 4 || Buffer.byteLength(text) < FRAME_AT_MOST - FRAME_FULL_AT) return text;
      options.onProblem(to, `a message of type ${type} is longer than a frame may be, and is dropped`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.onProblem(to, `a message of type ${type} cannot be written, and is dropped: ${reason}`);
    }
    return undefined;
  }

  function clearQueue(): void {
    queue.clear();
    reportBacklog();
  }

  /** Reports that much waits for the peer, and that little does again. */
  function reportBacklog(): void {
    const waiting = queue.size() + (state === 'open' ? (socket?.bufferedAmount ?? 0) : 0);
    if (isBacklogged ? waiting > BACKLOG_AT / 2 : waiting <= BACKLOG_AT) return;
    isBacklogged = !isBacklogged;
    options.onBacklog?.(to, isBacklogged);
  }
}
