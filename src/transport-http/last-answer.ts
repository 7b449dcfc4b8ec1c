import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PlainAnswer } from '../security/authorise.ts';

/** Time for which the other side may still send, or leave its side open, after the last answer. In milliseconds. */
export const LINGERS_FOR = 1_000;

/** A header of every answer: a cache in front must keep none, not even a 404. */
export const NOT_STORED = { 'cache-control': 'no-store' } as const;

/**
 * Writes an answer to a connection that node:http does not answer by itself, and ends it. Further bytes are discarded
 * meanwhile: a socket that is closed with bytes unread is reset, and the reset may overtake the answer. The socket is
 * destroyed once the other side has ended too, or after `LINGERS_FOR`.
 */
export function answerAndEnd(socket: Duplex, { status, headers, body }: PlainAnswer): void {
  // It has had its last answer already, or takes none.
  if (socket.destroyed || !socket.writable) return;
  const all = { ...headers, ...NOT_STORED, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const patience = setTimeout(() => socket.destroy(), LINGERS_FOR);
  socket.once('close', () => clearTimeout(patience));
  socket.once('end', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
  socket.resume();
}
