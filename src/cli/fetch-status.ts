import { z } from 'zod';
import { UserError } from './user-error.ts';

const whole = z.int().min(0);

const member = z.object({
  node: z.string(),
  kind: z.enum(['data', 'witness']),
  voter: z.boolean(),
  votes: whole,
  rank: whole,
  lag: whole.nullable(),
  silentFor: whole.nullable(),
});

const group = z.object({
  role: z.enum(['primary', 'candidate', 'secondary', 'witness', 'learner']),
  epoch: z.string(),
  primary: z.string().nullable(),
  last: whole,
  commit: whole,
  applied: whole.nullable(),
  members: z.array(member),
});

const status = z.object({
  node: z.string(),
  kind: z.enum(['server', 'frontend']),
  clusterId: z.string(),
  pid: whole,
  incarnation: whole,
  uptimeMillis: whole,
  groups: z.record(z.string(), group),
  frontEnd: z
    .object({
      held: whole,
      primaries: z.record(z.string(), z.object({ primary: z.string().nullable(), epoch: z.string() })),
    })
    .nullable(),
  links: z.record(z.string(), z.enum(['connecting', 'open', 'refused', 'closed'])),
});

/** What `GET /status` of a process says. */
export type NodeStatus = z.infer<typeof status>;

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
  const parsed = status.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UserError(`${address} answers, but not as a process of understudy does`);
}

/** What fetch hides in the cause of its `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
