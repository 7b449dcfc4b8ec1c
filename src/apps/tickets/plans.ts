import type { Outcome } from '../../protocol/model/app.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { RoutePlan } from '../../service/service.ts';

// Answers of the ticket routes, of front ends and data servers alike.

/** The value as the body, or 400 with the reason. */
export function answerWith(outcome: Outcome): RoutePlan {
  return outcome.type === 'accepted' ? answer(outcome.value) : refuse(outcome.reason);
}

/** The same without a body, where the source has none. */
export function answerEmpty(outcome: Outcome): RoutePlan {
  return outcome.type === 'accepted' ? answer(undefined) : refuse(outcome.reason);
}

export function answer(body: Json | undefined): RoutePlan {
  return { type: 'answer', status: 200, body };
}

export function refuse(reason: string): RoutePlan {
  return { type: 'answer', status: 400, body: { error: reason } };
}
