import type { Json } from '../protocol/json.ts';
import type { Answer } from './attempt.ts';

/** What a request came to. `uuid` is that of a write; undefined for a read. */
export type ClientOutcome =
  /** Done. `body` is undefined where there was none. */
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
      /** Whether the front end had the answer in its cache; undefined where it says nothing of one. */
      readonly cache: 'hit' | 'miss' | undefined;
    }
  /** A no (400–499, save 410): by this request nothing has changed, and asked again it is a no for the same reason. */
  | {
      readonly type: 'refused';
      readonly status: number;
      /** What the body says under `error` (a text, or an object with a `message`), or the whole body. */
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

export function outcomeOf({ status, body, cache }: Answer, uuid: string | undefined): ClientOutcome {
  if (status < 400) return { type: 'answered', status, body, uuid, cache };
  if (status === 410) return { type: 'expired', uuid };
  return { type: 'refused', status, reason: reasonIn(body), body, uuid };
}

/** Out of `{"error": reason}` and `{"error": {"code", "message"}}`; any other body as it is. */
export function reasonIn(body: Json | undefined): string {
  const error = fieldOf(body, 'error');
  const message = fieldOf(error, 'message');
  for (const text of [error, message, body]) if (typeof text === 'string') return text;
  return body === undefined ? '' : JSON.stringify(body);
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
