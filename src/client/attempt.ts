import type { Json } from '../protocol/model/json.ts';

/** What one front end has answered, be it yes or no. */
export interface Answer {
  readonly type: 'answer';
  readonly status: number;
  readonly body: Json | undefined;
  readonly token: string | undefined;
  /** Under which a front end has written; undefined where it has not, or where somebody else has answered. */
  readonly uuid: string | undefined;
  readonly cache: 'hit' | 'miss' | undefined;
}

/** What came of asking one front end once. */
export type Attempt =
  | Answer
  /** None, or none that says what became of the request: refused, reset, timed out, cut short, 5xx, 408, 425, 429. */
  | {
      readonly type: 'failed';
      readonly reason: string;
      /** Whether it may have been received: of a connection that never came about, no. */
      readonly mayHaveArrived: boolean;
      /** Milliseconds for which this front end does not want to be asked again; undefined where it says nothing. */
      readonly retryAfter: number | undefined;
    };

export interface AttemptOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As it is sent. */
  readonly body: string | undefined;
  /** Milliseconds. */
  readonly within: number;
  readonly signal: AbortSignal | undefined;
}

/** Answers of whoever stands in between and of the connection; they are no outcome, and another time it is another one. */
const NOT_NOW = [408, 425, 429];

/** What Node.js calls it when a connection does not come about. Browsers do not tell. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/** Longest that a timer can wait, in milliseconds; with more it would not wait at all. */
const TIMER_AT_MOST = 2 ** 31 - 1;

/** Asks once. Never rejects. */
export async function attempt(send: typeof fetch, url: string, options: AttemptOptions): Promise<Attempt> {
  const { method, headers, body, within, signal } = options;
  // `AbortSignal.any` would do, but what it makes is kept for as long as a signal that outlives many requests.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, Math.min(Math.ceil(within), TIMER_AT_MOST));
  signal?.addEventListener('abort', abort);
  try {
    // A write that is redirected may become a read on the way, and the answer of that would be taken for the write's.
    // A browser must not answer out of a cache that nobody invalidates.
    const careful = { redirect: 'error', cache: 'no-store' } as const;
    const content = body === undefined ? {} : { body };
    const response = await send(url, { method, headers, signal: controller.signal, ...careful, ...content });
    const text = await response.text();
    const { status } = response;
    if (status >= 500 || NOT_NOW.includes(status)) {
      const retryAfter = retryAfterOf(response.headers.get('retry-after'));
      return { type: 'failed', reason: `${status}: ${text.slice(0, 200)}`, mayHaveArrived: true, retryAfter };
    }
    const cache = response.headers.get('understudy-cache');
    return {
      type: 'answer',
      status,
      body: decodeJson(text),
      token: response.headers.get('understudy-token') ?? undefined,
      uuid: response.headers.get('understudy-uuid') ?? undefined,
      cache: cache === 'hit' || cache === 'miss' ? cache : undefined,
    };
  } catch (error) {
    const reason = error instanceof Error ? causeOf(error) : String(error);
    return { type: 'failed', reason, mayHaveArrived: !wasNeverSent(error), retryAfter: undefined };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Waits, but not when told that there is nothing to wait for any more. */
export function pause(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(Math.ceil(millis), TIMER_AT_MOST));
    signal?.addEventListener('abort', end);
  });
}

/**
 * `Retry-After` in milliseconds from now: seconds, or a date (RFC 9110 §10.2.3). Undefined where there is none, or none
 * that can be read.
 */
export function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** What `fetch` hides behind its `fetch failed`. */
function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && NEVER_SENT.some((code) => cause.code === code);
}

const parse: (text: string) => Json = JSON.parse;

/** The body as JSON; a text that is none, as a proxy in between may write it, stays a text. */
function decodeJson(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return parse(text);
  } catch {
    return text;
  }
}
