import { v7 as uuidv7 } from 'uuid';
import type { Json } from '../protocol/json.ts';
import { mergeTokens } from './token.ts';

/** What a request came to. */
export type ClientOutcome =
  /** A front end answered, be it yes or no. `body` is undefined where there was none. */
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
    }
  /** No answer in time. A write may have taken effect or may still do so: only the same uuid sent again tells. */
  | { readonly type: 'unknown'; readonly uuid: string | undefined };

/** One session: it sees its own writes, through whichever front end. */
export interface Client {
  /**
   * Asks one front end after the other until one answers or the deadline has passed. A write (any POST) has one uuid
   * for all its attempts, so it takes effect at most once: a fresh one, or `uuid` to ask again for an earlier one.
   */
  request(
    method: 'GET' | 'POST',
    path: string,
    body?: Json,
    options?: { readonly uuid?: string },
  ): Promise<ClientOutcome>;
  /** What this session has seen, as the front ends write it; undefined before the first answer. */
  token(): string | undefined;
}

export interface ClientOptions {
  /** Base addresses, such as `http://127.0.0.1:4560`; asked in this order, the last that answered first. */
  readonly frontEnds: readonly string[];
  readonly fetch?: typeof fetch;
  /** Milliseconds until a request is given up as unknown; 60,000 unless said. */
  readonly deadline?: number;
  /** Milliseconds until another front end is asked instead; 10,000 unless said. */
  readonly attemptWithin?: number;
}

/** How long to wait before all front ends are asked again, in milliseconds; doubles from the first to the last. */
const RETRY_AFTER = 25;
const RETRY_AFTER_AT_MOST = 1_000;

export function createClient(options: ClientOptions): Client {
  const { frontEnds, deadline = 60_000, attemptWithin = 10_000 } = options;
  const send = options.fetch ?? fetch;
  let current = 0;
  let token: string | undefined;

  return {
    token: () => token,
    async request(method, path, body, { uuid: given } = {}) {
      const uuid = given ?? (method === 'POST' ? uuidv7() : undefined);
      const endsAt = performance.now() + deadline;
      let retryAfter = RETRY_AFTER;
      for (let tried = 1; ; tried += 1) {
        const left = endsAt - performance.now();
        if (left <= 0) return { type: 'unknown', uuid };
        const answered = await attempt(method, path, body, uuid, Math.min(left, attemptWithin));
        if (answered !== undefined) return { type: 'answered', ...answered, uuid };
        current = (current + 1) % frontEnds.length;
        if (tried % frontEnds.length === 0) {
          await pause(Math.min(retryAfter, Math.max(0, endsAt - performance.now())));
          retryAfter = Math.min(retryAfter * 2, RETRY_AFTER_AT_MOST);
        }
      }
    },
  };

  /** One front end's answer; undefined when it gave none, or could not say what became of the request (503). */
  async function attempt(
    method: string,
    path: string,
    body: Json | undefined,
    uuid: string | undefined,
    within: number,
  ): Promise<{ readonly status: number; readonly body: Json | undefined } | undefined> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (uuid !== undefined) headers['idempotency-key'] = uuid;
    if (token !== undefined) headers['understudy-token'] = token;
    try {
      const response = await send(`${frontEnds[current] ?? ''}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(Math.ceil(within)),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (response.status === 503) return undefined;
      token = mergeTokens(token, response.headers.get('understudy-token') ?? undefined);
      return { status: response.status, body: text === '' ? undefined : decodeJson(text) };
    } catch {
      // Refused, reset, timed out or cut short: the same thing to a client, it does not know.
      return undefined;
    }
  }
}

const decodeJson: (text: string) => Json = JSON.parse;

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
