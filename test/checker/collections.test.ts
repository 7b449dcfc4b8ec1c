import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MODELS, type Model } from '../../src/apps/check.ts';
import { anyHistory, type Question } from '../support/checker/any-history.ts';
import { isLinearizable } from '../support/checker/brute-force.ts';
import { beginningOf, checked, history } from '../support/checker/history-script.ts';

function saying(text: string): unknown {
  return expect.stringContaining(text);
}

function verdict(model: string, ...lines: readonly string[]): string {
  return checked(model, history(...lines)).verdict;
}

const small = fc.integer({ min: 1, max: 2 });

function asks(f: string, values: fc.Arbitrary<Question['value']>, answers: fc.Arbitrary<Question['answer']>) {
  return fc.record({ f: fc.constant(f), value: values, type: fc.constant('ok' as const), answer: answers });
}

const lists = fc.array(small, { maxLength: 3 });
const none = fc.constant(null);

const QUESTIONS: Readonly<Record<string, fc.Arbitrary<Question>>> = {
  append: fc.oneof(asks('append', small, none), asks('read', none, lists)),
  set: fc.oneof(
    asks('add', small, none),
    asks('remove', small, none),
    asks('read', none, lists),
    asks('contains', small, fc.boolean()),
  ),
  queue: fc.oneof(asks('enqueue', small, none), asks('dequeue', none, fc.option(small))),
  counter: fc.oneof(
    asks('add', fc.option(fc.integer({ min: -1, max: 2 })), none),
    asks('add-and-get', small, fc.integer({ min: 0, max: 4 })),
    asks('read', none, fc.integer({ min: 0, max: 4 })),
  ),
};

test.each(Object.keys(QUESTIONS))('the checker and its dumb twin say the same of any history of: %s', (name) => {
  const model = MODELS[name] ?? neverReached();
  const found = { ok: 0, illegal: 0, undecided: 0 };
  fc.assert(
    fc.property(anyHistory(QUESTIONS[name] ?? neverReached(), 6), (events) => {
      const all = beginningOf(events, events.length);
      const said = checked(name, all).verdict;
      found[said] += 1;
      expect(said === 'ok').toBe(isLinearizable(model, all.operations));
    }),
    { numRuns: 600 },
  );
  expect(Math.min(found.ok, found.illegal)).toBeGreaterThan(40);
});

function neverReached(): never {
  throw new Error('there is such a model');
}

describe('a list', () => {
  test('keeps the order of what was appended one after the other', () => {
    const both = ['0 invoke append 1', '0 ok append', '0 invoke append [2]', '0 ok append', '0 invoke read'];
    expect(verdict('append', ...both, '0 ok read [1,[2]]')).toBe('ok');
    expect(verdict('append', ...both, '0 ok read [[2],1]')).toBe('illegal');
  });
});

describe('a set', () => {
  test('has no order', () => {
    const both = ['0 invoke add 1', '0 ok add', '0 invoke add 2', '0 ok add', '0 invoke read'];
    expect(verdict('set', ...both, '0 ok read [2,1]')).toBe('ok');
    expect(verdict('set', ...both, '0 ok read [2]')).toBe('illegal');
  });
});

describe('a queue', () => {
  test('gives back what came first, once', () => {
    const both = ['0 invoke enqueue "a"', '0 ok enqueue', '0 invoke enqueue "b"', '0 ok enqueue', '0 invoke dequeue'];
    expect(verdict('queue', ...both, '0 ok dequeue "a"')).toBe('ok');
    expect(verdict('queue', ...both, '0 ok dequeue "b"')).toBe('illegal');
    expect(verdict('queue', ...both, '0 ok dequeue "a"', '0 invoke dequeue', '0 ok dequeue "a"')).toBe('illegal');
  });

  test('may have lost its first element to a dequeue that was told nothing', () => {
    const two = ['0 invoke enqueue 1', '0 ok enqueue', '0 invoke enqueue 2', '0 ok enqueue', '1 invoke dequeue'];
    expect(verdict('queue', ...two, '0 invoke dequeue', '0 ok dequeue 2')).toBe('ok');
  });
});

describe('a counter', () => {
  test('adds up', () => {
    const added = ['0 invoke add 2', '0 ok add', '1 invoke add', '1 info add', '0 invoke read'];
    expect(verdict('counter', ...added, '0 ok read 2')).toBe('ok');
    expect(verdict('counter', ...added, '0 ok read 3')).toBe('ok');
    expect(verdict('counter', ...added, '0 ok read 4')).toBe('illegal');
  });
});

test('every model names what it does not know', () => {
  const unknown = history('0 invoke frobnicate');
  for (const model of Object.values<Model>(MODELS)) {
    const [operation] = unknown.operations;
    if (operation === undefined) throw new Error('there is an operation');
    expect(model.decode(operation), model.name).toMatchObject({ reason: saying('frobnicate') });
  }
});
