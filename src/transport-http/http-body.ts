import type { IncomingMessage } from 'node:http';

/** A longer body is refused with 400, and the connection closed. In bytes. */
export const BODY_AT_MOST = 64 * 1024;

/** `gone`: the client hung up in the middle, and nobody waits for an answer. */
export type Body =
  | { readonly type: 'read'; readonly text: string }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'gone' };

/** The whole body as text, read no further than its limit. Never rejects. */
export function readBody(request: IncomingMessage): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_AT_MOST) return Promise.resolve(tooLong());
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > BODY_AT_MOST) resolve(tooLong());
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(decode(Buffer.concat(chunks))));
    request.once('close', () => resolve({ type: 'gone' }));
    // A reset connection shows itself as `close` as well.
    request.on('error', () => undefined);
  });
}

function tooLong(): Body {
  return { type: 'refused', reason: `the body is longer than ${BODY_AT_MOST} bytes` };
}

function decode(bytes: Buffer): Body {
  try {
    return { type: 'read', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { type: 'refused', reason: 'the body is not UTF-8' };
  }
}
