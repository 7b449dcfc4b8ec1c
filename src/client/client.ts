import { v7 as uuidv7 } from 'uuid';
import type { Json } from '../protocol/json.ts';
import { attempt, pause } from './attempt.ts';
import { mergeTokens } from './token.ts';

/** What a request came to. `uuid` is that of a write; undefined for a read. */
export type ClientOutcome =
  /** Done. `body` is undefined where there was none. */
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
    }
  /** A no (400–499, save 410): by this request nothing has changed, and asked again it is a no for the same reason. */
  | {
      readonly type: 'refused';
      readonly status: number;
      /** What the body says under `error`, or the whole body. */
      readonly reason: string;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
    }
  /** 410: the uuid is older than results are kept. The write may have taken effect, and nobody can tell any more. */
  | { readonly type: 'expired'; readonly uuid: string | undefined }
  /** No answer in time. A write may have taken effect or may still do so: only the same uuid sent again tells. */
  | {
      readonly type: 'unknown';
      readonly why: 'deadline' | 'aborted';
      /** What the last attempt failed of: `fetch failed`, `503: no answer in time`. Empty where there was none. */
      readonly last: string;
      readonly uuid: string | undefined;
    };

/** One session: it sees its own writes, through whichever front end. */
export interface Client {
  /**
   * Asks one front end after the other until one says yes or no, the deadline has passed or `signal` is aborted. A write
   * (any POST) has one uuid for all its attempts, so it takes effect at most once: a fresh one, or `uuid` to ask again for
   * an earlier one. Never rejects.
   */
  request(method: 'GET' | 'POST', path: string, body?: Json, options?: RequestOptions): Promise<ClientOutcome>;
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
  /** `session`: content with what this session has seen, from whichever replica. Linearizable unless said. */
  readonly read?: 'linearizable' | 'session';
}

export interface ClientOptions {
  /** Base addresses, such as `http://127.0.0.1:4560`; asked in this order, the last that answered first. At least one. */
  readonly frontEnds: readonly string[];
  readonly fetch?: typeof fetch;
  /** Milliseconds until a request is given up as unknown; 60,000 unless said. */
  readonly deadline?: number;
  /** Milliseconds until another front end is asked instead; 10,000 unless said. */
  readonly attemptWithin?: number;
  /** What an earlier session has seen: this one goes on from there. */
  readonly token?: string | undefined;
}

/** How long to wait before all front ends are asked again, in milliseconds; doubles from the first to the last. */
const RETRY_AFTER = 25;
const RETRY_AFTER_AT_MOST = 1_000;

/** Throws a `RangeError` where there is nobody to ask. Runs in a browser as well. */
export function createClient(options: ClientOptions): Client {
  const { frontEnds, deadline = 60_000, attemptWithin = 10_000 } = options;
  if (frontEnds.length === 0) throw new RangeError('a client needs the address of at least one front end');
  const send = options.fetch ?? fetch;
  let current = 0;
  let token = options.token;

  return {
    token: () => token,
    async request(method, path, body, { uuid: given, signal, deadline: within = deadline, read } = {}) {
      const uuid = given ?? (method === 'POST' ? uuidv7() : undefined);
      const endsAt = performance.now() + within;
      let retryAfter = RETRY_AFTER;
      let last = '';
      for (let tried = 1; ; tried += 1) {
        const left = endsAt - performance.now();
        if (signal?.aborted === true) return { type: 'unknown', why: 'aborted', last, uuid };
        if (left <= 0) return { type: 'unknown', why: 'deadline', last, uuid };
        const came = await attempt(send, `${frontEnds[current] ?? ''}${path}`, {
          method,
          headers: headersOf(uuid, read),
          body,
          within: Math.min(left, attemptWithin),
          signal,
        });
        if (came.type === 'answer') {
          token = mergeTokens(token, came.token);
          return outcomeOf(came.status, came.body, uuid);
        }
        last = came.reason;
        current = (current + 1) % frontEnds.length;
        if (tried % frontEnds.length === 0) {
          await pause(Math.min(retryAfter, Math.max(0, endsAt - performance.now())), signal);
          retryAfter = Math.min(retryAfter * 2, RETRY_AFTER_AT_MOST);
        }
      }
    },
  };

  function headersOf(uuid: string | undefined, read: RequestOptions['read']): Record<string, string> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (uuid !== undefined) headers['idempotency-key'] = uuid;
    if (token !== undefined) headers['understudy-token'] = token;
    if (read !== undefined) headers['understudy-read'] = read;
    return headers;
  }
}

function outcomeOf(status: number, body: Json | undefined, uuid: string | undefined): ClientOutcome {
  if (status < 400) return { type: 'answered', status, body, uuid };
  if (status === 410) return { type: 'expired', uuid };
  return { type: 'refused', status, reason: reasonOf(body), body, uuid };
}

function reasonOf(body: Json | undefined): string {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') return body.error;
  return body === undefined ? '' : JSON.stringify(body);
}
