import { v7 as uuidv7 } from 'uuid';
import type { Json } from '../protocol/model/json.ts';
import { baseAddress } from './address.ts';
import { attempt, pause } from './attempt.ts';
import { createEndpointOrder } from './endpoint-order.ts';
import { bodyOf } from './errors.ts';
import { type ClientOutcome, outcomeOf } from './outcome.ts';
import { mergeTokens } from './token.ts';

export { ExpiredError, RefusedError, UnknownOutcomeError } from './errors.ts';
export type { ClientOutcome } from './outcome.ts';

/** One session: it reads its own writes, through any front end. */
export interface Client {
  /**
   * Asks one front end after the other until one accepts or refuses, the deadline has passed or `signal` is aborted. A
   * write (any POST) has one uuid for all its attempts, so it takes effect at most once: a new one, or `uuid` to repeat
   * an earlier write.
   *
   * Resolves to an outcome in all these cases. Rejects only for a request that could never be sent, at once: with a
   * `TypeError` for a body that is no JSON (a cycle, a bigint), and with a `RangeError` for a path that does not begin
   * with `/`, or a deadline that is negative or no number.
   */
  request(method: 'GET' | 'POST', path: string, body?: Json, options?: RequestOptions): Promise<ClientOutcome>;
  /**
   * The same, resolving to the body alone; undefined without a body. Rejects also with a `RefusedError`, an
   * `ExpiredError` or an `UnknownOutcomeError`; with `answer`, also with the error that it throws for a malformed body.
   * A write has taken effect then.
   */
  get(path: string, options?: RequestOptions): Promise<Json | undefined>;
  get<Answer>(path: string, options: TypedOptions<Answer>): Promise<Answer>;
  /** See `get`. */
  post(path: string, body?: Json, options?: RequestOptions): Promise<Json | undefined>;
  post<Answer>(path: string, body: Json | undefined, options: TypedOptions<Answer>): Promise<Answer>;
  /** The token of this session, as front ends send it; undefined before the first answer. */
  token(): string | undefined;
}

export interface RequestOptions {
  /** The uuid of an earlier write to repeat. */
  readonly uuid?: string;
  /** Gives the request up: its outcome is then unknown, as without an answer. */
  readonly signal?: AbortSignal;
  /** Milliseconds until this request is given up. Default: that of the client. */
  readonly deadline?: number;
  /**
   * `session`: at least as new as this session's token, from any replica or cache. `linearizable`: the newest state,
   * past every cache. Default: as the path says, the newest state or a cached answer of limited age.
   */
  readonly read?: 'linearizable' | 'session';
}

export interface TypedOptions<Answer> extends RequestOptions {
  /** Checks the body: a schema of zod, or any object with such a `parse`. */
  readonly answer: { parse(body: unknown): Answer };
}

export interface ClientOptions {
  /**
   * Base addresses, such as `http://127.0.0.1:4560`, or an empty one (or a path) for the origin of a page in a browser.
   * Asked in this order, the last one that answered first. At least one.
   */
  readonly frontEnds: readonly string[];
  readonly fetch?: typeof fetch;
  /** Milliseconds until a request is given up as unknown. Default: 60,000. */
  readonly deadline?: number;
  /** Milliseconds until another front end is tried. Default: 10,000. */
  readonly attemptWithin?: number;
  /** The token of an earlier session, which this one continues. */
  readonly token?: string | undefined;
}

/**
 * Throws a `RangeError` without a front end, for a malformed address (which it names), or without time. Runs in a
 * browser as well.
 */
export function createClient(options: ClientOptions): Client {
  const { deadline = 60_000, attemptWithin = 10_000 } = options;
  const frontEnds = options.frontEnds.map(baseAddress);
  if (frontEnds.length === 0) throw new RangeError('a client needs the address of at least one front end');
  if (!(deadline >= 0 && attemptWithin > 0)) throw new RangeError(NO_TIME);
  // A browser's `fetch` throws when it is called as a method of anything but the global object.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init));
  const rests = frontEnds.map(() => 0);
  let current = 0;
  let token = options.token;

  return { request, get, post, token: () => token };

  async function request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    { uuid: given, signal, deadline: within = deadline, read }: RequestOptions = {},
  ): Promise<ClientOutcome> {
    if (!path.startsWith('/')) throw new RangeError(`a path begins with "/", and ${JSON.stringify(path)} does not`);
    if (!(within >= 0)) throw new RangeError(NO_TIME);
    // Serialised once for all attempts: one uuid must have one body, even when `body` is changed meanwhile.
    const content = body === undefined ? undefined : JSON.stringify(body);
    const uuid = given ?? (method === 'POST' ? uuidv7() : undefined);
    const endsAt = performance.now() + within;
    const endpointOrder = createEndpointOrder(current, rests);
    let last = '';
    let mayHaveArrived = false;
    for (;;) {
      const next = endpointOrder.next();
      const left = endsAt - performance.now();
      if (signal?.aborted === true) return { type: 'unknown', why: 'aborted', last, uuid };
      if (left <= 0) return { type: 'unknown', why: 'deadline', last, uuid };
      if (next.in > 0) {
        await pause(Math.min(next.in, left), signal);
        continue;
      }
      const came = await attempt(send, `${frontEnds[next.place] ?? ''}${path}`, {
        method,
        headers: headersOf(uuid, read),
        body: content,
        within: Math.min(left, attemptWithin),
        signal,
      });
      if (came.type === 'answer') {
        current = next.place;
        token = mergeTokens(token, came.token);
        return outcomeOf(came, uuid, method === 'POST' && mayHaveArrived);
      }
      last = came.reason;
      mayHaveArrived ||= came.mayHaveArrived;
      endpointOrder.failed(next.place, came.retryAfter);
    }
  }

  function get(path: string, how?: RequestOptions): Promise<Json | undefined>;
  function get<Answer>(path: string, how: TypedOptions<Answer>): Promise<Answer>;
  async function get(path: string, how: MaybeTyped = {}): Promise<unknown> {
    return answerOf(`GET ${path}`, await request('GET', path, undefined, how), how);
  }

  function post(path: string, body?: Json, how?: RequestOptions): Promise<Json | undefined>;
  function post<Answer>(path: string, body: Json | undefined, how: TypedOptions<Answer>): Promise<Answer>;
  async function post(path: string, body?: Json, how: MaybeTyped = {}): Promise<unknown> {
    return answerOf(`POST ${path}`, await request('POST', path, body, how), how);
  }

  function headersOf(uuid: string | undefined, read: RequestOptions['read']): Record<string, string> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (uuid !== undefined) headers['idempotency-key'] = uuid;
    if (token !== undefined) headers['understudy-token'] = token;
    if (read !== undefined) headers['understudy-read'] = read;
    return headers;
  }
}

/**
 * A uuid for a write, for programs that store it before they send the write: a restarted program can then repeat it.
 */
export function newUuid(): string {
  return uuidv7();
}

const NO_TIME = 'a request needs time: milliseconds, and no less than 0';

type MaybeTyped = RequestOptions & Partial<TypedOptions<unknown>>;

function answerOf(what: string, outcome: ClientOutcome, { answer }: MaybeTyped): unknown {
  const body = bodyOf(what, outcome);
  return answer === undefined ? body : answer.parse(body);
}
