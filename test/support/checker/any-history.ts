import * as fc from 'fast-check';
import type { HistoryEvent } from '../../../src/apps/check.ts';

type Value = NonNullable<HistoryEvent['value']>;

/** What a process asks and is told. */
export interface Question {
  readonly f: string;
  readonly value: Value | null;
  readonly type: 'ok' | 'fail';
  readonly answer: Value | null;
}

/** Calls and returns of a few processes in any order, the answers made up. */
export function anyHistory(questions: fc.Arbitrary<Question>, atMost: number): fc.Arbitrary<readonly HistoryEvent[]> {
  const turn = fc.record({ process: fc.nat({ max: 3 }), question: questions, isLost: fc.integer({ min: 0, max: 4 }) });
  return fc.array(turn, { maxLength: atMost * 2 }).map((turns) => {
    const running = new Map<number, Question>();
    let calls = 0;
    return turns.flatMap(({ process, question, isLost }): HistoryEvent[] => {
      const own = running.get(process);
      if (own === undefined) {
        if (calls >= atMost) return [];
        calls += 1;
        running.set(process, question);
        return [eventOf(process, 'invoke', question.f, question.value)];
      }
      running.delete(process);
      return [eventOf(process, isLost === 0 ? 'info' : own.type, own.f, own.answer)];
    });
  });
}

function eventOf(process: number, type: HistoryEvent['type'], f: string, value: Value | null): HistoryEvent {
  return { process: String(process), type, f, value: value ?? undefined, key: undefined };
}
