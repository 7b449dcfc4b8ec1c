import type { Socket } from 'node:net';
import type { LinkFate } from '../decide/link-fate.ts';

/** One direction of a connection through a proxy. */
export interface Pump {
  /** Call after the rules have changed: bytes that waited continue, and a connection that lost bytes breaks. */
  settle(): void;
  stop(): void;
}

export interface PumpOptions {
  readonly source: Socket;
  readonly sink: Socket;
  /** Called for everything that is read, in order. */
  readonly linkFate: () => LinkFate;
  /** Whether this direction is neither cut nor held now. */
  readonly isOpen: () => boolean;
  /** The connection cannot continue: both ends must be told. */
  readonly broken: () => void;
}

/** Bytes that wait in the pump; beyond them, bytes wait in the sender's kernel. */
const WAITING_AT_MOST = 4 * 1024 * 1024;

/** Bytes that are due sooner go at once: timers are no finer. In microseconds. */
const AT_ONCE = 500;

/** Bytes under way; undefined bytes are the end. `at` undefined: they wait until the direction is released. */
interface Waiting {
  readonly bytes: Buffer | undefined;
  at: number | undefined;
}

/** Copies bytes from `source` to `sink`, in order, with the delays and cuts of `linkFate`. */
export function startPump({ source, sink, linkFate, isOpen, broken }: PumpOptions): Pump {
  const queue: Waiting[] = [];
  let length = 0;
  let lastAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let isTainted = false;
  let isOver = false;
  source.on('data', (bytes: Buffer) => take(bytes));
  source.on('close', () => take(undefined));
  sink.on('drain', carry);

  return {
    settle() {
      if (isOver || !isOpen()) return;
      if (isTainted) return broken();
      const now = micros();
      for (const waiting of queue) waiting.at ??= now;
      carry();
    },
    stop() {
      isOver = true;
      clearTimeout(timer);
      queue.length = 0;
    },
  };

  function take(bytes: Buffer | undefined): void {
    if (isOver) return;
    const fate = linkFate();
    if (fate.type === 'breaks') return broken();
    if (isTainted || fate.type === 'swallowed') {
      // A stream cannot continue behind a hole.
      isTainted = true;
      queue.length = 0;
      return;
    }
    lastAt = fate.type === 'passes' ? Math.max(lastAt, fate.at) : lastAt;
    queue.push({ bytes, at: fate.type === 'passes' ? lastAt : undefined });
    length += bytes?.length ?? 0;
    if (length > WAITING_AT_MOST) source.pause();
    carry();
  }

  function carry(): void {
    clearTimeout(timer);
    if (isOver) return;
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      if (first.at === undefined) return;
      const wait = first.at - micros();
      if (wait > AT_ONCE) {
        timer = setTimeout(carry, wait / 1_000);
        return;
      }
      queue.shift();
      if (first.bytes === undefined) {
        sink.end();
        return;
      }
      length -= first.bytes.length;
      if (length <= WAITING_AT_MOST && source.isPaused()) source.resume();
      // Full: the rest follows after `drain`.
      if (!sink.destroyed && !sink.write(first.bytes)) return;
    }
  }
}

/** The clock of all proxies, in microseconds. */
export function micros(): number {
  return performance.now() * 1_000;
}
