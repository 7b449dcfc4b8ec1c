import type { Decoded, GroupName } from '../protocol/model/app.ts';
import { contained } from '../protocol/model/contain.ts';
import { parseClientJson } from '../protocol/wire/decode.ts';
import { allowOf, match, type Router } from '../service/router.ts';
import type { Route } from '../service/service.ts';
import type { HttpRequest } from './front-end-io.ts';
import { issuedAtOf, uuidIn } from './request-uuid.ts';
import { NOTHING_PLANTED, type PlantedBug } from '../protocol/model/mutants.ts';
import { type WriteName, writeNamed } from './write-name.ts';
import { NOTHING_SEEN, parseTokens, type TokenVector } from './tokens.ts';

/** The longest body, in UTF-16 units, of which there are never more than bytes. The HTTP layer bounds bytes too. */
const BODY_AT_MOST = 65_536;

/** A client's request, decoded. */
export interface ClientRequest {
  /** The HTTP request's, unique in this process. */
  readonly id: number;
  /** Unique per process: a reply to an earlier process of this node is not taken for one to this request. */
  readonly nonce: string;
  readonly route: Route;
  readonly asked: unknown;
  /** The uuid of its write, if it makes one: the client's key, or one of this front end. */
  readonly uuid: string;
  /** Whether the client brought its key; otherwise its write is numbered (PROTOCOL §7.10). */
  readonly isKeyed: boolean;
  /** The write whose outcome is asked for: the client's key is its name. */
  readonly asks: WriteName | undefined;
  /**
   * Unix milliseconds: when the client made its key, if that says so. Otherwise the cluster time when its write is first
   * sent; undefined before that, and without a key.
   */
  readonly issuedAt: number | undefined;
  /** Whether `issuedAt` was, or will be, set by this front end. */
  readonly isDatedHere: boolean;
  /** The read mode the client asked for. `unsaid`: linearizable, unless the route may answer from the cache. */
  readonly mode: 'linearizable' | 'session' | 'unsaid';
  /** The client's tokens. */
  readonly tokens: TokenVector;
  /** See `HttpRequest`. */
  readonly connection: string | undefined;
  readonly source: string | undefined;
}

export type Admission =
  | { readonly type: 'admitted'; readonly clientRequest: ClientRequest }
  /** The route's own decoder threw. */
  | { readonly type: 'failed'; readonly route: Route; readonly thrown: Error }
  | {
      readonly type: 'refused';
      readonly status: number;
      readonly reason: string;
      readonly headers: Readonly<Record<string, string>>;
    };

/** Decodes a request: path (404, 405), query string, headers and body (400). */
export function admit(
  router: Router,
  groups: readonly GroupName[],
  request: HttpRequest,
  planted: ReadonlySet<PlantedBug> = NOTHING_PLANTED,
): Admission {
  const matched = match(router, request.method, request.path);
  if (matched.type === 'malformed') return refusal(400, `${matched.where}: malformed percent-encoding`);
  if (matched.type === 'unknown-path') return refusal(404, 'no such path');
  if (matched.type === 'wrong-method') {
    const { allowed } = matched;
    return refusal(405, `this path takes ${allowed.join(', ')} only`, { allow: allowOf(allowed) });
  }
  const { route, parameters } = matched;

  const tokens = tokensOf(request, groups);
  if (tokens.type === 'rejected') return refusal(400, tokens.reason);
  const mode = modeOf(request);
  if (mode.type === 'rejected') return refusal(400, mode.reason);
  const uuid = uuidOf(request);
  if (uuid.type === 'rejected') return refusal(400, uuid.reason);
  const body = bodyOf(request);
  if (body.type === 'rejected') return refusal(400, body.reason);
  const decoded = contained(() => route.decode(parameters, body.value));
  if (decoded.type === 'threw') return { type: 'failed', route, thrown: decoded.thrown };
  const asked = decoded.value;
  if (asked.type === 'rejected') return refusal(400, asked.reason);

  const isKeyed = request.headers['idempotency-key'] !== undefined && !planted.has('numbers-keyed-writes');
  const asks = isKeyed ? writeNamed(uuid.value, groups) : undefined;
  const issuedAt = isKeyed && !planted.has('dates-by-own-clock') ? issuedAtOf(uuid.value) : undefined;
  return {
    type: 'admitted',
    clientRequest: {
      id: request.id,
      nonce: request.trace === undefined ? request.uuid : `${request.uuid}.${request.trace}`,
      route,
      asked: asked.value,
      uuid: uuid.value,
      isKeyed,
      asks,
      issuedAt,
      isDatedHere: issuedAt === undefined,
      mode: mode.value,
      tokens: tokens.value,
      connection: request.connection,
      source: request.source,
    },
  };
}

function tokensOf(request: HttpRequest, groups: readonly GroupName[]): Decoded<TokenVector> {
  const text = request.headers['understudy-token'];
  return text === undefined ? { type: 'decoded', value: NOTHING_SEEN } : parseTokens(text, groups);
}

function modeOf(request: HttpRequest): Decoded<ClientRequest['mode']> {
  const mode = request.headers['understudy-read'];
  if (mode === undefined) return { type: 'decoded', value: 'unsaid' };
  if (mode === 'linearizable' || mode === 'session') return { type: 'decoded', value: mode };
  return { type: 'rejected', reason: 'understudy-read: expected session or linearizable' };
}

function uuidOf(request: HttpRequest): Decoded<string> {
  const uuid = uuidIn(request.headers['idempotency-key'] ?? request.uuid);
  if (uuid !== undefined) return { type: 'decoded', value: uuid };
  return { type: 'rejected', reason: 'idempotency-key: expected a uuid' };
}

/** The parsed body; undefined for an empty one, and for a GET, whose body has no semantics (RFC 9110 §9.3.1). */
function bodyOf(request: HttpRequest): Decoded<unknown> {
  if (request.body.length > BODY_AT_MOST) return { type: 'rejected', reason: 'body: longer than 64 KiB' };
  if (request.method === 'GET' || request.body === '') return { type: 'decoded', value: undefined };
  const parsed = parseClientJson(request.body, BODY_AT_MOST);
  return parsed.type === 'decoded' ? parsed : { type: 'rejected', reason: `body: ${parsed.reason}` };
}

function refusal(status: number, reason: string, headers: Readonly<Record<string, string>> = {}): Admission {
  return { type: 'refused', status, reason, headers };
}
