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

/** One session: it sees its own writes, through whichever front end. */
export interface Client {
  /**
   * Asks one front end after the other until one says yes or no, the deadline has passed or `signal` is aborted. A write
   * (any POST) has one uuid for all its attempts, so it takes effect at most once: a fresh one, or `uuid` to ask again for
   * an earlier one.
   *
   * Whatever becomes of it is an outcome. It rejects only of what no front end could ever be asked, at once and with nothing
   * sent: with a `TypeError` of a body that is no JSON (one that contains itself, a bigint), and with a `RangeError` of a
   * path that does not begin with `/` and of a deadline that is negative or no number.
   */
  request(method: 'GET' | 'POST', path: string, body?: Json, options?: RequestOptions): Promise<ClientOutcome>;
  /**
   * The same as a promise of the body alone, undefined where there is none. Rejects also with a `RefusedError`, an
   * `ExpiredError` or an `UnknownOutcomeError`; with `answer`, also with whatever that throws of a body that is not as it
   * should be. A write has taken effect then.
   */
  get(path: string, options?: RequestOptions): Promise<Json | undefined>;
  get<Answer>(path: string, options: TypedOptions<Answer>): Promise<Answer>;
  /** See `get`. */
  post(path: string, body?: Json, options?: RequestOptions): Promise<Json | undefined>;
  post<Answer>(path: string, body: Json | undefined, options: TypedOptions<Answer>): Promise<Answer>;
  /** What this session has seen, as the front ends write it; undefined before the first answer. */
  token(): string | undefined;
}

export interface RequestOptions {
  /** Of an earlier write that is asked for again. */
  readonly uuid?: string;
  /** Gives the request up: its outcome is unknown then, like that of any other without an answer. */
  readonly signal?: AbortSignal;
  /** Milliseconds until this request is given up; that of the client unless said. */
  readonly deadline?: number;
  /**
   * `session`: content with what this session has seen, from whichever replica or cache. `linearizable`: newest of all, past
   * every cache. Unless said, what the path says: newest of all, or out of a cache that is at most so old.
   */
  readonly read?: 'linearizable' | 'session';
}

export interface TypedOptions<Answer> extends RequestOptions {
  /** What the body must be: a schema of zod, or anything else that says so. */
  readonly answer: { parse(body: unknown): Answer };
}

export interface ClientOptions {
  /**
   * Base addresses, such as `http://127.0.0.1:4560`, or an empty one (or a path) for where a page in a browser came from;
   * asked in this order, the last that answered first. At least one.
   */
  readonly frontEnds: readonly string[];
  readonly fetch?: typeof fetch;
  /** Milliseconds until a request is given up as unknown; 60,000 unless said. */
  readonly deadline?: number;
  /** Milliseconds until another front end is asked instead; 10,000 unless said. */
  readonly attemptWithin?: number;
  /** What an earlier session has seen: this one goes on from there. */
  readonly token?: string | undefined;
}

/**
 * Throws a `RangeError` where there is nobody to ask, an address is none (that names it), or there is no time. Runs in a
 * browser as well.
 */
export function createClient(options: ClientOptions): Client {
  const { deadline = 60_000, attemptWithin = 10_000 } = options;
  const frontEnds = options.frontEnds.map(baseAddress);
  if (frontEnds.length === 0) throw new RangeError('a client needs the address of at least one front end');
  if (!(deadline >= 0 && attemptWithin > 0)) throw new RangeError(NO_TIME);
  // Called as a method of anything but the global object, the one of a browser throws.
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
    // Once for all attempts: what goes by one uuid is the same, whatever becomes of `body` meanwhile.
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

/** A uuid for a write, for whoever keeps it before the write is sent: then even a process that dies can ask again. */
export function newUuid(): string {
  return uuidv7();
}

const NO_TIME = 'a request needs time: milliseconds, and no less than 0';

type MaybeTyped = RequestOptions & Partial<TypedOptions<unknown>>;

function answerOf(what: string, outcome: ClientOutcome, { answer }: MaybeTyped): unknown {
  const body = bodyOf(what, outcome);
  return answer === undefined ? body : answer.parse(body);
}
