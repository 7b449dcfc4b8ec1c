import * as z from 'zod';
import type { Decided } from '../../protocol/model/app.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { RoutePlan } from '../../service/service.ts';

// The response envelopes of the source: `{"data": …}` and `{"error": {"code", "message"}}`.

export function answer(data: Json): RoutePlan {
  return { type: 'answer', status: 200, body: { data } };
}

export function refuse(status: number, message: string): RoutePlan {
  return { type: 'answer', status, body: problem(status, message) };
}

/** The outcome as `show` presents it, or 404 with the reason, as in the source: unknown, insufficient, overstocked. */
export function answerWith(outcome: Decided, show: (value: Json) => Json): RoutePlan {
  return outcome.type === 'accepted' ? answer(show(outcome.value)) : refuse(404, outcome.reason);
}

/** The schema of the error object. */
export const problemBody = z.object({
  error: z.object({ code: z.int(), message: z.string(), uuid: z.string().exactOptional() }),
});

/** The error object; `uuid` is that of a write whose outcome is unknown. */
export function problem(code: number, message: string, uuid?: string): Json {
  return { error: { code, message, ...(uuid === undefined ? {} : { uuid }) } };
}
