import type { HttpRequest } from '../../frontend/front-end-io.ts';
import type { ClientCall } from './history.ts';

/** The headers that a client may add to a call. */
export interface Sent {
  /** The client's uuid. */
  readonly key?: string | undefined;
  /** The name of a write that was unknown: sent as the key. */
  readonly asks?: string | undefined;
  /** The client's token. */
  readonly token?: string | undefined;
}

/** The request of a call, as its front end receives it. */
export function requestOf(call: ClientCall, sent: Sent, id: number, uuid: string): HttpRequest {
  const { method, path } = call;
  return { id, method, path, headers: headersOf(call, sent), body: bodyOf(call), uuid };
}

/** The headers of a call; names in lower case. */
export function headersOf(call: ClientCall, { key: own, asks, token }: Sent): Readonly<Record<string, string>> {
  const key = own ?? asks;
  return {
    ...(key === undefined ? {} : { 'idempotency-key': key }),
    ...(token === undefined ? {} : { 'understudy-token': token }),
    ...(call.session ? { 'understudy-read': 'session' } : {}),
    ...(call.linearizable === true ? { 'understudy-read': 'linearizable' } : {}),
  };
}

/** The body of a call, as it is sent and signed. */
export function bodyOf({ body }: ClientCall): string {
  return body === undefined ? '' : JSON.stringify(body);
}
