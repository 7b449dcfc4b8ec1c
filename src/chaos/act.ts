import { setTimeout as pause } from 'node:timers/promises';
import type { ClientCall } from '../sim/base/history.ts';
import { happensAt, streamOf } from '../sim/base/random.ts';
import { type Answer, type ClientPool, hear, type PoolClient, takeTurn } from '../sim/clients/client.ts';
import { createHttpClient } from './http-client.ts';
import type { Links } from './network/links.ts';

/** The surroundings of a client. */
export interface Surroundings {
  readonly pool: ClientPool;
  readonly links: Links;
  /** Headers that prove an operator's call, for paths that need it. Undefined where the process there is not reached. */
  readonly prove: (frontEnd: string, call: ClientCall) => Promise<Readonly<Record<string, string>> | undefined>;
  /** Microseconds since the clients began. */
  readonly now: () => number;
  readonly cancelled: () => boolean;
}

/** Longest wait between two checks for cancellation, in milliseconds. */
const LOOK_EVERY = 100;

/** Runs one client over real connections until its script ends. */
export async function act({ pool, links, prove, now, cancelled }: Surroundings, client: PoolClient): Promise<void> {
  const http = createHttpClient();
  const { doubled } = pool.plan.workload;
  const stream = streamOf(pool.plan.seed, `doubles ${client.name}`);
  try {
    while (!cancelled()) {
      const deed = takeTurn(pool, client, now(), Date.now());
      if (deed.type === 'rests' || isDone(pool, client)) return;
      if (deed.type === 'waits') {
        await pause(Math.min(Math.max(0, deed.until - now()) / 1_000, LOOK_EVERY));
        continue;
      }
      const { operation, frontEnd = '' } = deed;
      const ask = async (through: string): Promise<Answer | undefined> => {
        const proof = await prove(through, operation.call);
        // Without it the answer would be 401, which is no word of the service's.
        if (proof === undefined) return undefined;
        return http.ask(links.address(client.name, through), operation, pool.plan.workload.attemptFor, proof);
      };
      const isDoubled = operation.key !== undefined && happensAt(stream, operation.number, doubled);
      const other = isDoubled ? pool.roster.frontEnds.find((node) => node !== frontEnd) : undefined;
      hear(pool, client, await joinedAnswer([frontEnd, ...(other === undefined ? [] : [other])].map(ask)), now());
    }
  } finally {
    http.close();
  }
}

/**
 * The answer of a write that goes to several front ends at once:
 * - the first that says that it was carried out;
 * - a refusal only where all refuse. One by a read before the write, as of a user that is not there yet, is kept under no
 *   uuid: another front end may still write;
 * - otherwise the outcome is unknown: undefined where an answer is missing, else a status of 500 or more.
 */
export async function joinedAnswer(attempts: readonly Promise<Answer | undefined>[]): Promise<Answer | undefined> {
  const carriedOut = attempts.map(async (attempt) => {
    const answer = await attempt;
    if (answer === undefined || answer.status >= 400) throw new Error('not carried out');
    return answer;
  });
  const first = await Promise.any(carriedOut).catch(() => undefined);
  if (first !== undefined) return first;
  const answers = await Promise.all(attempts);
  if (answers.includes(undefined)) return undefined;
  return answers.find((answer) => answer !== undefined && answer.status >= 500) ?? answers[0];
}

/** In the liveness phase no client begins a new operation: one that only thinks is done. */
function isDone({ isInLivenessPhase }: ClientPool, { current, script }: PoolClient): boolean {
  return isInLivenessPhase && current === undefined && script.length === 0;
}
