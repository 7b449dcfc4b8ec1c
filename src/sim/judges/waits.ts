import type { ClientOperation } from '../base/history.ts';

/**
 * Judges how long clients wait, where the plan says how long they may (`answersWithin`, in milliseconds): each operation
 * has an answer by then, and not that of a front end that gave up. Returns what is wrong, or nothing.
 */
export function judgeWaits(
  answersWithin: number | undefined,
  operations: readonly ClientOperation[],
): string | undefined {
  if (answersWithin === undefined) return undefined;
  for (const { number, call, calledAt, result } of operations) {
    if (result === undefined) continue;
    const waited = Math.floor((result.at - calledAt) / 1_000);
    const isServed = result.type === 'answered' && result.status !== 503;
    if (isServed && waited <= answersWithin) continue;
    const told = isServed ? 'was answered' : 'was not served';
    return `operation ${number}, ${call.method} ${call.path}, ${told} after ${waited} ms, and ${answersWithin} ms are enough`;
  }
  return undefined;
}
