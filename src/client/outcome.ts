import type { Json } from '../protocol/model/json.ts';
import type { Answer } from './attempt.ts';

/** The outcome of a request. `uuid` is that of a write; undefined for a read. */
export type ClientOutcome =
  /** Accepted. `body` is undefined where it was empty. */
  | {
      readonly type: 'answered';
      readonly status: number;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
      /** Whether the answer came from the front end's cache; undefined where it says nothing about one. */
      readonly cache: 'hit' | 'miss' | undefined;
    }
  /**
   * Refused (400–499 except 410), or failed (500 with a name in `Understudy-Error`: the service's code threw). The
   * attempt has changed nothing, and another one would end the same way.
   */
  | {
      readonly type: 'refused';
      readonly status: number;
      /** The `error` of the body (a text, or an object with a `message`), or the whole body. */
      readonly reason: string;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
      /**
       * The effect of earlier attempts of this request. `none`: they have changed nothing. `perhaps`: an unanswered one
       * of a write may have arrived, and the refusal is not its outcome: it comes from a proxy, or concerns the request
       * itself. Only the same uuid tells, sent again once the cause of the refusal is mended.
       */
      readonly earlier: 'none' | 'perhaps';
    }
  /** 410: the uuid is older than results are kept. Whether the write took effect is no longer known. */
  | { readonly type: 'expired'; readonly uuid: string | undefined }
  /** No answer in time. A write may have taken effect or may still do so; only the same uuid, sent again, tells. */
  | {
      readonly type: 'unknown';
      readonly why: 'deadline' | 'aborted';
      /** The last attempt's failure: `fetch failed`, `503: no answer in time`. Empty without an attempt. */
      readonly last: string;
      readonly uuid: string | undefined;
    };

/** `mayHaveArrived`: whether an earlier, unanswered attempt of a write may have been received. */
export function outcomeOf(answer: Answer, uuid: string | undefined, mayHaveArrived: boolean): ClientOutcome {
  const { status, body, cache } = answer;
  if (status < 400) return { type: 'answered', status, body, uuid, cache };
  if (status === 410) return { type: 'expired', uuid };
  const reason = reasonIn(body);
  const isSure = !mayHaveArrived || isOutcome(answer, reason, uuid);
  return { type: 'refused', status, reason, body, uuid, earlier: isSure ? 'none' : 'perhaps' };
}

/** Prefixes of a front end's refusals of the request itself, whatever has become of its uuid. See `refusalOf`. */
const OF_THE_REQUEST = ['understudy-token: ', 'idempotency-key: ', 'the request is malformed'];

/** Whether a refusal is the service's decision under this uuid, for all attempts at once. */
function isOutcome(answer: Answer, reason: string, uuid: string | undefined): boolean {
  return answer.uuid === uuid && !OF_THE_REQUEST.some((start) => reason.startsWith(start));
}

/** The reason in `{"error": reason}` and `{"error": {"code", "message"}}`; any other body as text. */
function reasonIn(body: Json | undefined): string {
  const error = fieldOf(body, 'error');
  const message = fieldOf(error, 'message');
  for (const text of [error, message, body]) if (typeof text === 'string') return text;
  return body === undefined ? '' : JSON.stringify(body);
}

function fieldOf(value: Json | undefined, name: string): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
