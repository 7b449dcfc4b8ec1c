import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check, type CheckVerdict, type HistoryEvent, type Model } from '../../src/apps/check.ts';
import { kv, type KvState, type KvStep } from '../../src/checker/models/kv.ts';
import { isLinearizable } from '../support/checker/brute-force.ts';
import { anyHistory, type Question } from '../support/checker/any-history.ts';
import { beginningOf } from '../support/checker/history-script.ts';
import { kvHistory } from '../support/checker/kv-history.ts';

/** The same model without its knowledge of what reads will say. */
const blind: Model<KvState, KvStep> = {
  name: 'kv',
  initial: (part) => kv.initial(part),
  decode: (operation) => kv.decode(operation),
  apply: (state, step) => kv.apply(state, step),
  keyOf: (state) => kv.keyOf(state),
  show: (state) => kv.show(state),
};

function verdictOf(model: Model<KvState, KvStep>, events: readonly HistoryEvent[], budget = 1_000_000): CheckVerdict {
  const result = check(model, beginningOf(events, events.length), { budget });
  if (result.type === 'rejected') throw new Error(result.reason);
  return result.verdict;
}

const value = fc.constantFrom('a', 'b', 'ab');
const question: fc.Arbitrary<Question> = fc.oneof(
  fc
    .array(value, { maxLength: 3 })
    .map((texts): Question => ({ f: 'get', value: null, type: 'ok', answer: texts.join('') })),
  value.map((text): Question => ({ f: 'append', value: text, type: 'ok', answer: text })),
  value.map((text): Question => ({ f: 'put', value: text, type: 'ok', answer: text })),
);

describe('a key of a key-value store', () => {
  test('is what the dumb twin says, of any history', () => {
    const found = { ok: 0, illegal: 0, undecided: 0 };
    fc.assert(
      fc.property(anyHistory(question, 7), (events) => {
        const said = verdictOf(kv, events);
        found[said] += 1;
        expect(said === 'ok').toBe(isLinearizable(kv, beginningOf(events, events.length).operations));
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(found.ok, found.illegal)).toBeGreaterThan(100);
  });

  test('is the same whether the search looks ahead or not', () => {
    const found = { ok: 0, illegal: 0, undecided: 0 };
    for (let seed = 0; seed < 60; seed += 1) {
      const fault = (['none', 'stale', 'lost'] as const)[seed % 3] ?? 'none';
      const events = kvHistory({ seed, clients: 8, keys: 2, operations: 80, fault, faults: 1 });
      const said = verdictOf(kv, events);
      found[said] += 1;
      expect(said, `seed ${seed}`).toBe(verdictOf(blind, events));
    }
    expect(Math.min(found.ok, found.illegal)).toBeGreaterThan(10);
  });
});

describe('fifty clients at ten keys', () => {
  test('are told apart, right and wrong, within 100,000 configurations a key', () => {
    for (const fault of ['none', 'stale'] as const) {
      const verdicts = [1, 2, 3, 4].map((seed) => {
        const events = kvHistory({ seed, clients: 50, keys: 10, operations: 2_000, fault, faults: 3 });
        return verdictOf(kv, events, 100_000);
      });
      expect(verdicts).toEqual(verdicts.map(() => (fault === 'none' ? 'ok' : 'illegal')));
    }
  });
});

describe('a key that is too hard', () => {
  const hard = kvHistory({ seed: 1, clients: 12, keys: 1, operations: 400, fault: 'stale', faults: 2 });

  test('does not keep a wrong one from being found', () => {
    const wrong: HistoryEvent[] = ['invoke' as const, 'ok' as const].map((type) => {
      return { process: 'w', type, f: 'get', value: type === 'ok' ? 'never' : null, key: 'easy' };
    });
    const result = check(blind, beginningOf([...hard, ...wrong], hard.length + 2), { budget: 50_000_000 });
    expect(result).toMatchObject({ verdict: 'illegal', parts: [{ verdict: 'undecided' }, { verdict: 'illegal' }] });
    expect(result.type === 'checked' ? result.work : 0).toBeLessThan(20_000);
  });

  test('is undecided where its states would fill the memory', () => {
    const keys = new Set<string>();
    const fat: Model<KvState, KvStep> = {
      ...blind,
      keyOf(state) {
        const key = blind.keyOf(state);
        keys.add(key);
        return key.padEnd(1_000_000);
      },
    };
    expect(verdictOf(fat, hard, 50_000_000)).toBe('undecided');
    // The first one, 2^26 units of text, and the one that was too many.
    expect(keys.size).toBe(69);
  });

  test('is undecided when its time is over', () => {
    let asked = 0;
    const isOver = (): boolean => (asked += 1) > 20;
    const result = check(blind, beginningOf(hard, hard.length), { isOver });
    expect(result).toMatchObject({ verdict: 'undecided' });
    expect(asked).toBeLessThan(30);
  });
});
