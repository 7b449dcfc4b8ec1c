import type { IncomingMessage } from 'node:http';

/** Longest body in bytes; a longer one is refused with 413, and the connection closed. */
export const BODY_AT_MOST = 64 * 1024;

/** `gone`: the client hung up before the body was complete. */
export type Body =
  | { readonly type: 'read'; readonly text: string }
  | { readonly type: 'refused'; readonly status: number; readonly reason: string }
  | { readonly type: 'gone' };

/** Reads the body as text, up to its limit. Never rejects. */
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
    request.once('end', () => resolve(decodeBody(Buffer.concat(chunks))));
    request.once('close', () => resolve({ type: 'gone' }));
    // A reset connection emits `close` as well.
    request.on('error', () => undefined);
  });
}

function tooLong(): Body {
  return { type: 'refused', status: 413, reason: `the body is longer than ${BODY_AT_MOST} bytes` };
}

/** Shared by all requests: it decodes one whole text per call. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes a whole body. */
function decodeBody(bytes: Buffer): Body {
  try {
    return { type: 'read', text: utf8.decode(bytes) };
  } catch {
    return { type: 'refused', status: 400, reason: 'the body is not UTF-8' };
  }
}
