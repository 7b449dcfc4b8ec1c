import type { Json } from '../protocol/model/json.ts';
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
  /** A no (400–499, save 410): by the attempt that got it nothing has changed, and asked again it is a no for the same reason. */
  | {
      readonly type: 'refused';
      readonly status: number;
      /** What the body says under `error` (a text, or an object with a `message`), or the whole body. */
      readonly reason: string;
      readonly body: Json | undefined;
      readonly uuid: string | undefined;
      /**
       * What earlier attempts of this request may have done. `none`: nothing, so nothing has changed by it. `perhaps`: one of
       * a write may have arrived and was not answered, and the no is not what came of that: somebody in between has said it,
       * or a front end of the request itself. Only the same uuid tells, sent once what was refused is mended.
       */
      readonly earlier: 'none' | 'perhaps';
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

/** `mayHaveArrived`: of a write, whether an earlier attempt that was not answered may have been received. */
export function outcomeOf(answer: Answer, uuid: string | undefined, mayHaveArrived: boolean): ClientOutcome {
  const { status, body, cache } = answer;
  if (status < 400) return { type: 'answered', status, body, uuid, cache };
  if (status === 410) return { type: 'expired', uuid };
  const reason = reasonIn(body);
  const isSure = !mayHaveArrived || isOutcome(answer, reason, uuid);
  return { type: 'refused', status, reason, body, uuid, earlier: isSure ? 'none' : 'perhaps' };
}

/** With what a front end says of a request itself, whatever has become of its uuid. See `refusalOf`. */
const OF_THE_REQUEST = ['understudy-token: ', 'idempotency-key: ', 'the request is malformed'];

/** Whether a no is what the service has decided under this uuid, for all attempts at once. */
function isOutcome(answer: Answer, reason: string, uuid: string | undefined): boolean {
  return answer.uuid === uuid && !OF_THE_REQUEST.some((start) => reason.startsWith(start));
}

/** Out of `{"error": reason}` and `{"error": {"code", "message"}}`; any other body as it is. */
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
