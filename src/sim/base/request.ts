import type { HttpRequest } from '../../frontend/front-end-io.ts';
import type { ClientCall } from './history.ts';

/** What a client adds to a call. */
export interface Sent {
  /** Its own uuid. */
  readonly key?: string | undefined;
  /** What it has seen. */
  readonly token?: string | undefined;
}

/** The request of a call, as its front end receives it. */
export function requestOf(call: ClientCall, sent: Sent, id: number, uuid: string): HttpRequest {
  const { method, path } = call;
  return { id, method, path, headers: headersOf(call, sent), body: bodyOf(call), uuid };
}

/** The headers that say how a call is meant; names in lower case. */
export function headersOf(call: ClientCall, { key, token }: Sent): Readonly<Record<string, string>> {
  return {
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(token === undefined ? {} : { 'understudy-token': token }),
    ...(call.session ? { 'understudy-read': 'session' } : {}),
    ...(call.linearizable === true ? { 'understudy-read': 'linearizable' } : {}),
  };
}

/** What is sent as the body of a call, and signed. */
export function bodyOf({ body }: ClientCall): string {
  return body === undefined ? '' : JSON.stringify(body);
}
