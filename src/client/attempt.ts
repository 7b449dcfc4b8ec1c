import type { Json } from '../protocol/model/json.ts';

/** The answer of one front end, whether accepted or refused. */
export interface Answer {
  readonly type: 'answer';
  readonly status: number;
  readonly body: Json | undefined;
  readonly token: string | undefined;
  /** The uuid of a write; undefined for a read, or an answer from another server. */
  readonly uuid: string | undefined;
  readonly cache: 'hit' | 'miss' | undefined;
}

/** The result of one attempt at one front end. */
export type Attempt =
  | Answer
  /** No answer, or none that tells the outcome: refused, reset, timed out, cut short, 5xx, 408, 425, 429. */
  | {
      readonly type: 'failed';
      readonly reason: string;
      /** Whether the request may have been received: not over a connection that was never made. */
      readonly mayHaveArrived: boolean;
      /** Milliseconds for which this front end must not be asked again; undefined unless it says so. */
      readonly retryAfter: number | undefined;
    };

export interface AttemptOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The serialised body. */
  readonly body: string | undefined;
  /** Milliseconds. */
  readonly within: number;
  readonly signal: AbortSignal | undefined;
}

/** Statuses of proxies and connections. They are no outcome: another attempt may have another one. */
const NOT_NOW = [408, 425, 429];

/** Node.js's codes of a connection that was never made. Browsers give none. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/** Longest timer, in milliseconds; a longer one would fire at once. */
const TIMER_AT_MOST = 2 ** 31 - 1;

/** Makes one attempt. Never rejects. */
export async function attempt(send: typeof fetch, url: string, options: AttemptOptions): Promise<Attempt> {
  const { method, headers, body, within, signal } = options;
  // `AbortSignal.any` would do, but its result lives as long as a signal that outlives many requests.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, Math.min(Math.ceil(within), TIMER_AT_MOST));
  signal?.addEventListener('abort', abort);
  try {
    // A redirected write may become a read on the way, and its answer would be taken for the write's. A browser must
    // not answer from a cache that is never invalidated.
    const careful = { redirect: 'error', cache: 'no-store' } as const;
    const content = body === undefined ? {} : { body };
    const response = await send(url, { method, headers, signal: controller.signal, ...careful, ...content });
    const text = await response.text();
    const { status } = response;
    // An error with a name is an outcome: asked again, the service's code fails again.
    const isFailure = status === 500 && response.headers.has('understudy-error');
    if ((status >= 500 && !isFailure) || NOT_NOW.includes(status)) {
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

/** Waits, until the signal ends the wait. */
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
 * `Retry-After` in milliseconds from now: seconds, or a date (RFC 9110 §10.2.3). Undefined where it is absent or
 * malformed.
 */
export function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const at = text.endsWith(' GMT') ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/** The cause behind `fetch failed`. */
function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}

function wasNeverSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && NEVER_SENT.some((code) => cause.code === code);
}

const parse: (text: string) => Json = JSON.parse;

/** The body as JSON. Other text, as a proxy may send it, stays text. */
function decodeJson(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return parse(text);
  } catch {
    return text;
  }
}
