import * as z from 'zod';
import type { ProcessAnswer } from '../../security/call-process.ts';

const answered = z.record(z.string(), z.unknown());

/** The fields in a process's answer to an order; empty where it is no JSON object. */
export function bodyOf({ body }: ProcessAnswer): Readonly<Record<string, unknown>> {
  try {
    const parsed = answered.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data : {};
  } catch {
    return {};
  }
}

/** The error in a process's answer, else its status. */
export function errorIn(answer: ProcessAnswer): string {
  const { error } = bodyOf(answer);
  return typeof error === 'string' ? error : `status ${answer.status}`;
}
