import type { Outcome } from '../../protocol/model/app.ts';
import type { Json } from '../../protocol/model/json.ts';
import type { Plan } from '../../service/service.ts';

// What the ticket routes answer: the front end's and those of the data servers alike.

/** What came of it as the body, or 400 with the reason. */
export function answerWith(outcome: Outcome): Plan {
  return outcome.type === 'accepted' ? answer(outcome.value) : refuse(outcome.reason);
}

/** The same, for what the source answers without a body. */
export function answerEmpty(outcome: Outcome): Plan {
  return outcome.type === 'accepted' ? answer(undefined) : refuse(outcome.reason);
}

export function answer(body: Json | undefined): Plan {
  return { type: 'answer', status: 200, body };
}

export function refuse(reason: string): Plan {
  return { type: 'answer', status: 400, body: { error: reason } };
}
