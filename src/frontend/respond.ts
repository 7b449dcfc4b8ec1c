import { type GroupName, reasonOfFailure } from '../protocol/model/app.ts';
import { contained } from '../protocol/model/contain.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Unserved } from '../protocol/model/messages.ts';
import { weigh } from '../protocol/model/weigh.ts';
import type { RefusalBody } from '../service/service.ts';
import type { HttpResponse } from './front-end-io.ts';
import type { Fixed, PendingRequest } from './state.ts';
import { showTokens } from './tokens.ts';
import { nameOfWrite } from './write-name.ts';

/**
 * A response of the front end itself; all others come from the route. The body is `plainRefusal` unless the service has
 * its own.
 *
 * | status | when | has a write taken effect? |
 * | --- | --- | --- |
 * | 400 | malformed path, header or body; a command the group cannot decode; a uuid issued in the future | no |
 * | 404, 405 | unknown path; unsupported method (`Allow` names the supported ones) | no |
 * | 400 | the client's token names an index beyond all that was given out | no |
 * | 409 | the client's token is of a history that has ended | not by this request |
 * | 410 | the uuid is older than results are kept | no longer known |
 * | 422 | the uuid was used for another request | no |
 * | 503 | no answer within `holdFor`; body and header name the uuid: a retry with it gets the outcome | perhaps |
 * | 503 | the group refuses the date of the uuid, and that date is right by the clock of this node | perhaps |
 * | 503 | too many requests are pending | not by this request |
 * | 503 | the cluster has begun another history (`force`), and this node has not joined it | perhaps, in the old one |
 * | 503 | this process ends soon; `Connection: close` | not by this request |
 * | 507 | the group is read-only, since room is short | not by this request |
 * | 500 | the outcome or the answer is longer than one may be | a write has |
 * | 500 | the code of the service failed; the reason names the error | a write has not, where the header `understudy-error` names it too |
 */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

export function plainRefusal(_status: number, reason: string, uuid: string | undefined): Json {
  return uuid === undefined ? { error: reason } : { error: reason, uuid };
}

/** Reasons for which a retry is useless. */
export type Final = Exclude<Unserved, 'not-primary' | 'busy' | 'behind'>;

export function refusalOf(reason: Final): Refusal {
  return FINAL[reason];
}

/** The code of this front end and the group's have different versions, and what the one takes the other cannot read. */
export function unreadableByVersion(group: GroupName, version: number, own: number): Refusal {
  const reason = `version ${version} of ${group} cannot read this request, which a front end with version ${own} has taken`;
  return { status: 400, reason };
}

const UNTOLD = 'the uuid has expired: whether the write took effect is no longer known, and it will not from now on';

const FINAL: Readonly<Record<Final, Refusal>> = {
  malformed: { status: 400, reason: 'the request is malformed' },
  early: { status: 400, reason: 'idempotency-key: the uuid was issued in the future' },
  'other-history': { status: 409, reason: 'understudy-token: the cluster has begun another history since' },
  ahead: { status: 400, reason: 'understudy-token: names an index that was never given out' },
  ended: { status: 410, reason: UNTOLD },
  forgotten: { status: 410, reason: UNTOLD },
  expired: { status: 410, reason: 'the uuid has expired: whether it took effect is no longer known' },
  'too-large': { status: 500, reason: 'the answer is too long to be sent; a write has taken effect' },
  full: { status: 507, reason: 'the group takes no writes that need room: its state, a disk or memory is nearly full' },
  gone: { status: 503, reason: 'the list has changed too often while it was read' },
  reused: { status: 422, reason: 'idempotency-key: the uuid was used for another request' },
};

/** `Retry-After` in seconds: by then a new primary is elected, or none will be for long. */
const RETRY_AFTER = { 'retry-after': '1' };

/** The longest body of an answer that is not streamed, in bytes. */
const BODY_AT_MOST = 32 * 1024 * 1024;

/** An HTTP response. Without a body it is empty, as for what succeeds without data. */
export function answer(
  status: number,
  body: Json | undefined,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  if (body === undefined) return { status, headers, body: '' };
  if (weigh(body, BODY_AT_MOST) > BODY_AT_MOST) {
    const error = `the answer is longer than ${BODY_AT_MOST} bytes`;
    return {
      status: 500,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ error }),
    };
  }
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function refuse(
  body: RefusalBody,
  { status, reason }: Refusal,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  return answer(status, body(status, reason, undefined), headers);
}

/** The request was not sent to any replica. */
export function refuseForNow(body: RefusalBody, headers: Readonly<Record<string, string>>): HttpResponse {
  return refuse(body, { status: 503, reason: 'too many requests are waiting' }, { ...headers, ...RETRY_AFTER });
}

/** The request was not decoded; this process takes no other. */
export function refuseAsDraining(body: RefusalBody): HttpResponse {
  const refusal = { status: 503, reason: 'this process is about to end: ask another' };
  return refuse(body, refusal, { ...RETRY_AFTER, connection: 'close' });
}

/** The cluster goes on in another history, without this node. A write may have taken effect in the one that ended. */
export function refuseAsOutlived(
  body: RefusalBody,
  uuid: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const reason = 'the cluster has begun another history without this node: join it anew, with an empty folder';
  return answer(503, body(503, reason, uuid), { ...headers, ...RETRY_AFTER });
}

/**
 * The code of the service failed. Log lines of the servers, or of this node, name the same error. The header says that
 * nothing has changed (`isSure`).
 */
export function refuseAsFailed(
  body: RefusalBody,
  errorId: string,
  headers: Readonly<Record<string, string>>,
  isSure = true,
): HttpResponse {
  const named = isSure ? { ...headers, 'understudy-error': errorId } : headers;
  return refuse(body, { status: 500, reason: reasonOfFailure(errorId) }, named);
}

/** The service's own body of refusals; the plain one where that fails. */
export function containedRefusal(own: RefusalBody): RefusalBody {
  return (status, reason, uuid) => {
    const said = contained(() => {
      const body = own(status, reason, uuid);
      JSON.stringify(body);
      return body;
    });
    return said.type === 'returned' ? said.value : plainRefusal(status, reason, uuid);
  };
}

/** No outcome in time. A write may have taken effect or may still do so. */
export function giveUp(fixed: Fixed, pending: PendingRequest): HttpResponse {
  const { refusal: body } = fixed;
  const key = keyOf(fixed, pending);
  const mayHaveWritten = pending.writes && (key !== undefined || pending.given !== undefined);
  const again = key === undefined ? '' : '; send it again with this idempotency-key';
  const said = mayHaveWritten
    ? body(503, `no answer in time: the outcome is unknown${again}`, key)
    : body(503, 'no answer in time', undefined);
  return answer(503, said, { ...headersOfUnknown(fixed, pending), ...RETRY_AFTER });
}

/**
 * The key under which a client may ask for the outcome of its write: its own, or the name of a numbered write. Undefined
 * for a read, and for a write that was never sent.
 */
export function keyOf(
  { groups }: Fixed,
  { writes, clientRequest, given }: Pick<PendingRequest, 'writes' | 'clientRequest' | 'given'>,
): string | undefined {
  if (!writes) return undefined;
  if (clientRequest.isKeyed) return clientRequest.uuid;
  return given && nameOfWrite(given, groups);
}

/** The headers of a response that does not tell the outcome: they name the write as a client may ask for it. */
export function headersOfUnknown(
  fixed: Fixed,
  pending: Pick<PendingRequest, 'clientRequest' | 'tokens' | 'writes' | 'cache' | 'given'>,
): Readonly<Record<string, string>> {
  const key = keyOf(fixed, pending);
  const headers = headersOf({ ...pending, writes: false }, fixed.groups);
  return key === undefined ? headers : { ...headers, 'understudy-uuid': key };
}

/** The words of `clocksDiffer`. */
export const CLOCKS_DIFFER =
  'the time of this cluster differs from the clock of this node: ask its operators; whether the write has taken effect ' +
  'is not known';

/** A uuid is refused for its date, and its date is right: servers' clocks are at fault, or have been. */
export function clocksDiffer(
  body: RefusalBody,
  { clientRequest }: Pick<PendingRequest, 'clientRequest'>,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  return answer(503, body(503, CLOCKS_DIFFER, clientRequest.uuid), { ...headers, ...RETRY_AFTER });
}

/**
 * The headers of every response: the client's new tokens, the uuid of its write, and whether a cacheable answer came
 * from the cache.
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
