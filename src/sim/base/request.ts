import type { HttpRequest } from '../../frontend/front-end-io.ts';
import type { ClientCall } from './history.ts';

/** What one sending of a call adds to it. */
export interface Sent extends Pick<HttpRequest, 'id' | 'uuid'> {
  /** The client's own uuid. */
  readonly key?: string | undefined;
  /** What the client has seen. */
  readonly token?: string | undefined;
}

/** The request of a call, as its front end receives it. */
export function requestOf(call: ClientCall, { id, uuid, key, token }: Sent): HttpRequest {
  return {
    id,
    method: call.method,
    path: call.path,
    headers: {
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(token === undefined ? {} : { 'understudy-token': token }),
      ...(call.session ? { 'understudy-read': 'session' } : {}),
      ...(call.linearizable === true ? { 'understudy-read': 'linearizable' } : {}),
    },
    body: call.body === undefined ? '' : JSON.stringify(call.body),
    uuid,
  };
}
