import type { Json } from '../protocol/json.ts';

/** What came of asking one front end once. */
export type Attempt =
  | {
      readonly type: 'answer';
      readonly status: number;
      readonly body: Json | undefined;
      readonly token: string | undefined;
    }
  /** None, or none that says what became of the request: refused, reset, timed out, cut short, 5xx. */
  | { readonly type: 'failed'; readonly reason: string };

export interface AttemptOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
  /** Milliseconds. */
  readonly within: number;
  readonly signal: AbortSignal | undefined;
}

/** Asks once. Never rejects. */
export async function attempt(send: typeof fetch, url: string, options: AttemptOptions): Promise<Attempt> {
  const { method, headers, body, within, signal } = options;
  // `AbortSignal.any` would do, but what it makes is kept for as long as a signal that outlives many requests.
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  const timer = setTimeout(abort, Math.ceil(within));
  signal?.addEventListener('abort', abort);
  try {
    const response = await send(url, {
      method,
      headers,
      signal: controller.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const decoded = decodeJson(text);
    if (response.status >= 500) return { type: 'failed', reason: `${response.status}: ${text.slice(0, 200)}` };
    return {
      type: 'answer',
      status: response.status,
      body: decoded,
      token: response.headers.get('understudy-token') ?? undefined,
    };
  } catch (error) {
    return { type: 'failed', reason: error instanceof Error ? causeOf(error) : String(error) };
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
    const timer = setTimeout(end, millis);
    signal?.addEventListener('abort', end);
  });
}

/** What `fetch` hides behind its `fetch failed`. */
function causeOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
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
