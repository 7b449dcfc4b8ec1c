import type { IncomingMessage } from 'node:http';

/** The head of a request, as far as RFC 9110 and 9112 leave it to a server whether to take it. */
export type RequestForm =
  | {
      readonly type: 'taken';
      /** The path with its query, whichever form the target had; `*` of an `OPTIONS *`. */
      readonly path: string;
      /** The host that the request is for, with its port; undefined where it names none. */
      readonly host: string | undefined;
    }
  | { readonly type: 'refused'; readonly status: number; readonly reason: string };

/** A host as in a URL, with or without a port (RFC 9110 §7.2). */
const HOST = /^(\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?$/i;

/** The absolute form of a target (RFC 9112 §3.2.2): its authority, and the path behind it. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([/?].*)?$/i;

export function requestFormOf(request: IncomingMessage): RequestForm {
  const { httpVersionMajor, httpVersionMinor, method, url = '/', rawHeaders } = request;
  if (httpVersionMajor !== 1) return refused(505, 'this server speaks HTTP/1.1');
  const hosts = valuesOf('host', rawHeaders);
  if (hosts.length > 1) return refused(400, 'host: given twice');
  if (hosts.length === 0 && httpVersionMinor > 0) return refused(400, 'host: missing');
  const encoding = valuesOf('transfer-encoding', rawHeaders).join(', ').trim().toLowerCase();
  if (encoding !== '') {
    // A recipient that frames such a request otherwise would take a part of its body for the next request.
    if (httpVersionMinor === 0) return refused(400, 'transfer-encoding: not in HTTP/1.0');
    if (/^chunked(\s*,\s*chunked)+$/.test(encoding)) return refused(400, 'transfer-encoding: chunked twice');
    if (encoding !== 'chunked') return refused(501, 'transfer-encoding: only chunked is understood');
  }
  const [, authority = hosts[0], behind] = ABSOLUTE.exec(url) ?? [undefined, undefined, url];
  const path = behind === undefined ? '/' : behind.startsWith('?') ? `/${behind}` : behind;
  if (authority !== undefined && !HOST.test(authority)) return refused(400, 'host: expected a name or an address');
  if (!path.startsWith('/') && !(path === '*' && method === 'OPTIONS')) return refused(400, 'the target is no path');
  return { type: 'taken', path, host: authority };
}

function valuesOf(name: string, rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

function refused(status: number, reason: string): RequestForm {
  return { type: 'refused', status, reason };
}

/** Whether the body is encoded, which no process decodes. */
export function isEncoded({ 'content-encoding': encoding }: Readonly<Record<string, string>>): boolean {
  return encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity';
}

/** The answer to a HEAD is that to a GET; node:http omits its body (RFC 9110 §9.3.2). */
export function methodOf({ method = 'GET' }: IncomingMessage): string {
  return method === 'HEAD' ? 'GET' : method;
}

/** By lower-case name; several values of one name are joined. */
export function singleHeaders(request: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
