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
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > BODY_AT_MOST) resolve(tooLong());
      else chunks.push(chunk);
    };
    const leave = (): void => resolve({ type: 'gone' });
    request.on('data', take);
    request.once('end', () => {
      resolve(decodeBody(Buffer.concat(chunks)));
      // A request lives until it is answered, behind all before it: its listeners would keep the body for as long.
      request.off('data', take).off('close', leave);
    });
    request.once('close', leave);
    // A reset connection emits `close` as well.
    request.on('error', ignore);
  });
}

function ignore(): void {}

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
