import type { Json } from '../protocol/model/json.ts';
import type { Unserved } from '../protocol/model/messages.ts';
import type { RefusalBody } from '../service/service.ts';
import type { ClientRequest } from './admit.ts';
import type { HttpResponse } from './front-end-io.ts';
import type { PendingRequest } from './state.ts';
import { showTokens } from './tokens.ts';

/**
 * What a front end says by itself; everything else is the route's answer. The body is `plainRefusal` unless the
 * service says otherwise.
 *
 * | status | when | has a write taken effect? |
 * | --- | --- | --- |
 * | 400 | malformed path, header or body; a command the group cannot read; a uuid issued in the future | no |
 * | 404, 405 | no such path; not with this method (`Allow` names those that are) | no |
 * | 409 | the client's token is of a history that is over | not by this request |
 * | 410 | the uuid is older than results are kept | nobody knows any more |
 * | 422 | the uuid was used for something else | no |
 * | 503 | no answer within `holdFor`; body and header name the uuid: the same again gets the outcome | perhaps |
 * | 503 | too many requests are held | not by this request |
 * | 503 | this process is about to end; `Connection: close` | not by this request |
 */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export function plainRefusal(_status: number, reason: string, uuid: string | undefined): Json {
  return uuid === undefined ? { error: reason } : { error: reason, uuid };
}

/** Reasons for which asking again is of no use. */
export type Final = Exclude<Unserved, 'not-primary' | 'busy' | 'behind'>;

export function refusalOf(reason: Final): Refusal {
  return FINAL[reason];
}

const FINAL: Readonly<Record<Final, Refusal>> = {
  malformed: { status: 400, reason: 'the request is malformed' },
  early: { status: 400, reason: 'idempotency-key: the uuid was issued in the future' },
  'other-history': { status: 409, reason: 'understudy-token: the cluster has begun another history since' },
  expired: { status: 410, reason: 'the uuid has expired: whether it took effect is no longer known' },
  reused: { status: 422, reason: 'idempotency-key: the uuid was used for another request' },
};

/** `Retry-After` in seconds: by then there is a primary again, or there is none for long. */
const RETRY_AFTER = { 'retry-after': '1' };

/** An answer without any body: an empty one, as the source has it for what succeeds without data. */
export function answer(
  status: number,
  body: Json | undefined,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  if (body === undefined) return { status, headers, body: '' };
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function refuse(
  body: RefusalBody,
  { status, reason }: Refusal,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  return answer(status, body(status, reason, undefined), headers);
}

/** The request was not even sent. */
export function refuseForNow(body: RefusalBody, headers: Readonly<Record<string, string>>): HttpResponse {
  return refuse(body, { status: 503, reason: 'too many requests are waiting' }, { ...headers, ...RETRY_AFTER });
}

/** The request was not even looked at, and no other will be here. */
export function refuseForGood(body: RefusalBody): HttpResponse {
  const refusal = { status: 503, reason: 'this process is about to end: ask another' };
  return refuse(body, refusal, { ...RETRY_AFTER, connection: 'close' });
}

/** No outcome in time. A write may have taken effect or may still do so. */
export function giveUp(
  body: RefusalBody,
  clientRequest: ClientRequest,
  writes: boolean,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  const said = writes
    ? body(
        503,
        'no answer in time: the outcome is unknown; send it again with this idempotency-key',
        clientRequest.uuid,
      )
    : body(503, 'no answer in time', undefined);
  return answer(503, said, { ...headers, ...RETRY_AFTER });
}

/**
 * What every answer carries: what the client has seen by now, under which uuid a write was made, and whether what may come
 * from the cache did.
 */
export function headersOf(
  { clientRequest, tokens, writes, cache }: Pick<PendingRequest, 'clientRequest' | 'tokens' | 'writes' | 'cache'>,
  groups: readonly string[],
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const shown = showTokens(tokens, groups);
  if (shown !== '') headers['understudy-token'] = shown;
  if (writes) headers['understudy-uuid'] = clientRequest.uuid;
  if (cache !== undefined) headers['understudy-cache'] = cache;
  return headers;
}
