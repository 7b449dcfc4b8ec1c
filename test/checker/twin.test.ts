import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstIllegal, MODELS, type Operation } from '../../src/apps/check.ts';
import { anyHistory, type Question } from '../support/checker/any-history.ts';
import { isLinearizable } from '../support/checker/brute-force.ts';
import { beginningOf, checked } from '../support/checker/history-script.ts';
import { registerHistory } from '../support/checker/random-history.ts';

/** What the dumb twin says: every part of every key has an order. */
function isLinearizableByParts(model: string, operations: readonly Operation[], parts: readonly string[]): boolean {
  const known = MODELS[model];
  if (known === undefined) throw new Error(`no model is called ${model}`);
  return parts.every((part) => isLinearizable(known, operations, part));
}

const small = fc.integer({ min: 0, max: 2 });

const registerQuestion: fc.Arbitrary<Question> = fc.oneof(
  small.map((answer): Question => ({ f: 'read', value: 0, type: 'ok', answer })),
  small.map((value): Question => ({ f: 'write', value, type: 'ok', answer: 0 })),
  fc
    .tuple(small, small, fc.constantFrom('ok' as const, 'fail' as const))
    .map(([from, to, type]): Question => ({ f: 'cas', value: [from, to], type, answer: 0 })),
);

const ticketQuestion: fc.Arbitrary<Question> = fc.oneof(
  small.map((userid): Question => ({ f: 'create-user', value: { username: 'Ann' }, type: 'ok', answer: { userid } })),
  fc.constant<Question>({
    f: 'create-event',
    value: { userid: 0, eventname: 'a show', numtickets: 2 },
    type: 'ok',
    answer: { eventid: 0 },
  }),
  fc.tuple(small, fc.integer({ min: 1, max: 2 }), small).map(([userid, tickets, told]): Question => {
    const refusals = [{}, { refused: `no user ${userid}` }, { refused: `event 0 has ${tickets - 1} tickets left` }];
    return { f: 'purchase', value: { eventid: 0, userid, tickets }, type: 'ok', answer: refusals[told] ?? {} };
  }),
  small.map((avail): Question => {
    const answer = { eventid: 0, eventname: 'a show', userid: 0, avail, purchased: 2 - avail };
    return { f: 'read-event', value: { eventid: 0 }, type: 'ok', answer };
  }),
);

describe('the checker and its dumb twin say the same', () => {
  test('of any history of a register', () => {
    const found = { ok: 0, illegal: 0, undecided: 0 };
    fc.assert(
      fc.property(anyHistory(registerQuestion, 7), (events) => {
        const history = beginningOf(events, events.length);
        const { verdict } = checked('register', history);
        found[verdict] += 1;
        expect(verdict === 'ok').toBe(isLinearizableByParts('register', history.operations, ['']));
      }),
      { numRuns: 1_500 },
    );
    expect(Math.min(found.ok, found.illegal)).toBeGreaterThan(100);
  });

  test('of any history of tickets, part by part', () => {
    const names = ['ids of users', 'ids of events', 'event 0', 'user 0', 'user 1', 'user 2'];
    const found = { ok: 0, illegal: 0, undecided: 0 };
    fc.assert(
      fc.property(anyHistory(ticketQuestion, 5), (events) => {
        const history = beginningOf(events, events.length);
        const { verdict, parts } = checked('tickets', history);
        found[verdict] += 1;
        const named = parts.map(({ name }) => name).filter((name) => name !== '');
        expect(names).toEqual(expect.arrayContaining(named));
        expect(verdict === 'ok').toBe(isLinearizableByParts('tickets', history.operations, named));
      }),
      { numRuns: 800 },
    );
    expect(Math.min(found.ok, found.illegal)).toBeGreaterThan(50);
  });

  test('of the beginnings of a history: the one that is called the shortest illegal one is', () => {
    let illegal = 0;
    for (let seed = 0; seed < 400; seed += 1) {
      const events = registerHistory({ seed, operations: 8, processes: 4, values: 2, crashes: 30, lies: 2 });
      const found = firstIllegal(checked('register', beginningOf(events, events.length)).parts)?.illegal;
      if (found === undefined) continue;
      illegal += 1;
      expect(found.isShortest).toBe(true);
      expect(isLinearizableByParts('register', beginningOf(events, found.at + 1).operations, [''])).toBe(false);
      expect(isLinearizableByParts('register', beginningOf(events, found.at).operations, [''])).toBe(true);
    }
    expect(illegal).toBeGreaterThan(100);
  });
});

describe('a history of an atomic register with random delays and crashes', () => {
  test('is linearizable, and the order given is one', () => {
    for (let seed = 0; seed < 60; seed += 1) {
      const shape = { seed, operations: 150, processes: 5 + (seed % 6), values: 5, crashes: (seed % 4) * 10, lies: 0 };
      const history = beginningOf(registerHistory(shape), Number.POSITIVE_INFINITY);
      const { verdict, parts } = checked('register', history);
      expect(verdict, JSON.stringify(shape)).toBe('ok');
      expectOrder(history.operations, parts[0]?.order.map(({ operation }) => operation) ?? []);
    }
  });
});

/** Everything that returned and says something stands once; real time holds; the model agrees. */
function expectOrder(operations: readonly Operation[], order: readonly Operation[]): void {
  const { register } = MODELS;
  expect(new Set(order).size).toBe(order.length);
  const missing = operations.filter((operation) => operation.returnedAt !== undefined && !order.includes(operation));
  expect(missing.filter(({ f, outcome }) => !(f === 'write' && outcome.type === 'fail'))).toEqual([]);
  let latestCall = 0;
  let state = register?.initial('');
  for (const operation of order) {
    expect(operation.returnedAt ?? Number.POSITIVE_INFINITY).toBeGreaterThan(latestCall);
    latestCall = Math.max(latestCall, operation.calledAt);
    const decoded = register?.decode(operation);
    const step = decoded?.type === 'decoded' ? decoded.value[0]?.step : undefined;
    state = step === undefined ? undefined : register?.apply(state, step);
    expect(state, `operation ${operation.number} fits`).toBeDefined();
  }
}
