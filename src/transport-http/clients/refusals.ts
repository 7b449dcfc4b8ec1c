import type { Json } from '../../protocol/model/json.ts';
import type { PlainAnswer } from '../../security/authorise.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

/** The body of a refusal. It may be a service's own, and throw. */
export type Refusal = (status: number, reason: string) => Json;

export function plainly(_: number, reason: string): Json {
  return { error: reason };
}

export function refuse(status: number, reason: string, says: Refusal): PlainAnswer {
  return { status, headers: JSON_TYPE, body: bodyOf(status, reason, says) };
}

/** `says` may be a service's own; where it throws, the refusal stands in the plain form. */
function bodyOf(status: number, reason: string, says: Refusal): string {
  try {
    return JSON.stringify(says(status, reason));
  } catch {
    return JSON.stringify(plainly(status, reason));
  }
}

/** Refuses what another connection, or the same a moment later, may have answered. */
export function busy(reason: string, says: Refusal): PlainAnswer {
  const refused = refuse(503, reason, says);
  return { ...refused, headers: { ...refused.headers, 'retry-after': '1', connection: 'close' } };
}
