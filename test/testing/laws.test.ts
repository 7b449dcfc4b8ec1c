import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accepted, type App, type Outcome, refused, type Step } from '../../src/protocol/model/app.ts';
import { defineApp } from '../../src/service/define-app.ts';
import { appCommands, BrokenLaw, checkApp, type Twin } from '../../src/testing/index.ts';

interface Till {
  readonly sum: number;
}

type Pay = { readonly type: 'pay'; readonly amount: number };

const EMPTY: Till = { sum: 0 };

/** A till that takes what is put into it, up to 20. */
const till = defineApp({
  name: 'till',
  initial: EMPTY,
  commands: z.object({ type: z.literal('pay'), amount: z.int() }),
  queries: z.object({ type: z.literal('sum') }),
  apply: (state: Till, { amount }): Step<Till, never> =>
    state.sum + amount > 20
      ? { state, outcome: refused('full') }
      : { state: { sum: state.sum + amount }, outcome: accepted(state.sum + amount) },
  read: ({ sum }) => accepted(sum),
  invariants: [{ name: 'a till never holds less than nothing', broken: ({ sum }) => (sum < 0 ? `${sum}` : undefined) }],
});

function stumble(): never {
  throw new Error('a text');
}

const pay: fc.Arbitrary<Pay> = fc.record({ type: fc.constant('pay' as const), amount: fc.integer({ min: 0, max: 9 }) });
const sum = { queries: fc.constant({ type: 'sum' as const }) };

type TillApp = typeof till;

function tillTwin(): Twin<Pay> {
  let held = 0;
  return {
    apply({ amount }) {
      if (held + amount > 20) return refused('full');
      held += amount;
      return accepted(held);
    },
    reads: () => [{ query: { type: 'sum' }, outcome: accepted(held) }],
  };
}

function tell(app: App<Till, Pay, { type: 'sum' }>, twin: () => Twin<Pay> = tillTwin): void {
  fc.assert(
    fc.property(appCommands(app, { commands: pay, twin }), (story) => story.run()),
    { seed: 1 },
  );
}

describe('checkApp', () => {
  test('has nothing to say against an app that keeps the laws', () => {
    expect(() => checkApp(till, pay, sum)).not.toThrow();
  });

  let calls = 0;
  const mistakes: readonly [string, Partial<TillApp>, RegExp][] = [
    [
      'asks for the time',
      { apply: (state) => ({ state, outcome: accepted(Date.now()) }) },
      /does not come to the same twice/,
    ],
    [
      'makes a date',
      { apply: (state) => ({ state, outcome: accepted(new Date().getTime()) }) },
      /a clock or chance is in it/,
    ],
    ['draws lots', { apply: (state) => ({ state, outcome: accepted(Math.random()) }) }, /a clock or chance is in it/],
    [
      'reads a stop watch',
      { read: () => accepted(performance.now()) },
      /till: read .* does not come to the same twice/,
    ],
    ['counts outside its state', { apply: (state) => ({ state, outcome: accepted((calls += 1)) }) }, /the same twice/],
    [
      'changes its state in place',
      { apply: (state) => ({ state: Object.assign(state, { sum: 1 }), outcome: accepted() }) },
      /read only property 'sum'/,
    ],
    [
      'keeps what JSON does not',
      { apply: (state) => ({ state: { ...state, at: new Map() }, outcome: accepted() }) },
      /JSON, a List or a Map/,
    ],
    [
      'is not total',
      { decode: (value) => (typeof value === 'string' ? stumble() : till.decode(value)) },
      /is an error and no rejection/,
    ],
    [
      'takes half of a command',
      { decode: () => ({ type: 'decoded', value: { type: 'pay', amount: 1 } }) },
      /comes back as another/,
    ],
    [
      'changes something it refuses',
      { apply: ({ sum: before }) => ({ state: { sum: before + 1 }, outcome: refused('no') }) },
      /^refused, .* changes the state/,
    ],
    [
      'breaks its invariant',
      { apply: () => ({ state: { sum: -1 }, outcome: accepted() }) },
      /till, a till never holds less than nothing: -1/,
    ],
  ];

  test.each(mistakes)('finds an app that %s', (_, mistake, reason) => {
    const broken: TillApp = { ...till, ...mistake };
    expect(() => checkApp(broken, pay, sum)).toThrow(reason);
    expect(() => checkApp(broken, pay, sum)).toThrow(BrokenLaw);
  });

  test('puts the clocks and chance back where they were', () => {
    const [before, random] = [Date.now(), Math.random];
    checkApp(till, pay);
    expect(Date.now() - before).toBeLessThan(60_000);
    expect(Math.random).toBe(random);
    expect(performance.now()).toBeGreaterThan(2);
  });

  test('lets a refusal change something where that is meant', () => {
    const counting = { ...till, apply: (): Step<Till> => ({ state: { sum: 1 }, outcome: refused('counted') }) };
    expect(() => checkApp(counting, pay, { refusalsMayChange: true })).not.toThrow();
  });
});

describe('appCommands', () => {
  test('holds an app against its twin, and both agree where both are right', () => {
    expect(() => tell(till)).not.toThrow();
  });

  test.each<[string, Partial<TillApp>, RegExp]>([
    [
      'takes too much',
      { apply: (state, { amount }) => ({ state: { sum: state.sum + amount }, outcome: accepted(state.sum + amount) }) },
      /the app says .*, its twin .*"full"/,
    ],
    ['says something else', { read: () => accepted(3) }, /till: \{"type":"sum"\}: the app says/],
    [
      'makes a call',
      { apply: (state) => ({ state, call: { group: 'bank', command: null } }) },
      /makes a call, and its twin does not/,
    ],
  ])('finds an app that %s, with the shortest story', (_, mistake, reason) => {
    const broken: TillApp = { ...till, ...mistake };
    expect(() => tell(broken)).toThrow(/Counterexample: \[write\(till/);
    const { errorInstance } = fc.check(
      fc.property(appCommands(broken, { commands: pay, twin: tillTwin }), (story) => story.run()),
      { seed: 1 },
    );
    expect(String(errorInstance)).toMatch(reason);
  });

  test('tells the twin of each write once, however often the log repeats it', () => {
    const heard: number[] = [];
    const hears = (): Twin<Pay> => ({
      apply({ amount }): Outcome {
        heard.push(amount);
        return refused('full');
      },
    });
    let applied = 0;
    const refusing: TillApp = {
      ...till,
      apply(state) {
        applied += 1;
        return { state, outcome: refused('full') };
      },
    };
    expect(() => tell(refusing, hears)).not.toThrow();
    expect(heard.length).toBeGreaterThan(100);
    // Every entry is applied twice, to see whether it comes to the same.
    expect(applied).toBe(heard.length * 2);
  });
});
