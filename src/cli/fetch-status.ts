import type { z } from 'zod';
import { statusSchema } from '../operate/status-schema.ts';
import { UserError } from './user-error.ts';

/** What `GET /status` of a process says. */
export type NodeStatus = z.infer<typeof statusSchema>;

/** Longest wait for an answer, in milliseconds: a process that is well answers by itself, at once. */
const ANSWER_WITHIN = 2_000;

/** Asks the process at `address` (`host:port`, or a URL) for its status. Throws a `UserError` when it gives none. */
export async function fetchStatus(address: string): Promise<NodeStatus> {
  const base = address.includes('://') ? address : `http://${address}`;
  let answer: unknown;
  try {
    const response = await fetch(`${base.replace(/\/$/, '')}/status`, { signal: AbortSignal.timeout(ANSWER_WITHIN) });
    answer = await response.json();
  } catch (error) {
    throw new UserError(`${address} does not answer: ${reasonOf(error)}`);
  }
  const parsed = statusSchema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UserError(`${address} answers, but not as a process of understudy does`);
}

/** What fetch hides in the cause of its `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
