import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { accepted, type App, type Outcome, refused } from '../../src/protocol/model/app.ts';
import { applyEntry, channelOf } from '../../src/protocol/model/apply.ts';
import { EndsNode, unreachable } from '../../src/protocol/model/assert.ts';
import type { Failure } from '../../src/protocol/model/contain.ts';
import type { Body, LogBase } from '../../src/protocol/model/entry.ts';
import { chain } from '../../src/protocol/model/log.ts';
import type { Json } from '../../src/protocol/model/json.ts';
import { initialMachine, type Machine } from '../../src/protocol/model/machine.ts';
import { decodeSnapshot, encodeSnapshot } from '../../src/protocol/wire/codec.ts';
import { configurationOf } from '../../src/protocol/model/configuration.ts';
import { defineApp, recipe } from '../../src/service/define-app.ts';

const BASE: LogBase = { index: 0, epoch: { counter: 0, nodeId: '' }, hash: 7, lamport: 0, wall: 0 };
const WALL = 1_700_000_000_000;

interface Hall {
  readonly holds: Readonly<Record<string, number>>;
  readonly sum: number;
}

const commands = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hold'), by: z.string(), value: z.string() }),
  z.object({ type: z.literal('half') }),
  z.object({ type: z.literal('throw'), what: z.string() }),
  z.object({ type: z.literal('deep') }),
  z.object({ type: z.literal('answer'), value: z.string() }),
  z.object({ type: z.literal('pay') }),
]);

const initial: Hall = { holds: { ann: 1 }, sum: 1 };

/** What a mistake makes, by a name that a command may have. */
const MADE: Readonly<Record<string, unknown>> = {
  two: 2,
  NaN: Number.NaN,
  infinite: [1, Number.POSITIVE_INFINITY],
  nothing: undefined,
  set: new Set([1]),
  dates: { at: [new Date(0)] },
  bigint: 1n,
};

/** A hall whose commands do what a mistake does. */
const hall: App = defineApp({
  name: 'hall',
  initial,
  commands,
  queries: z.object({ type: z.literal('sum') }),
  calls: ['bank'],
  apply: recipe<Hall, [z.output<typeof commands>, ...unknown[]], 'bank'>((state, asked) => {
    switch (asked.type) {
      case 'hold':
        Reflect.set(state.holds, asked.by, MADE[asked.value]);
        return accepted();
      case 'half':
        state.sum = 99;
        throw new TypeError('half-way');
      case 'throw':
        // oxlint-disable-next-line only-throw-error
        throw asked.what;
      case 'deep':
        return accepted(deep(0));
      case 'answer':
        // oxlint-disable-next-line no-unsafe-type-assertion
        return accepted(MADE[asked.value] as Json);
      case 'pay':
        state.sum = 0;
        return { group: 'bank', command: 1 };
      default:
        return unreachable(asked);
    }
  }),
  resume: (state, _, outcome) => {
    if (outcome.type === 'failed') return { state: { ...state, sum: 1 }, outcome: refused(`bank: ${outcome.errorId}`) };
    if (outcome.type === 'refused') throw new Error('not foreseen');
    return { state, outcome };
  },
  read: ({ sum }) => accepted(sum),
});

function deep(level: number): number {
  return 1 + deep(level + 1);
}

interface Through {
  readonly machine: Machine;
  readonly failures: readonly Failure[];
}

function through(...bodies: readonly Body[]): Through {
  let machine = initialMachine(BASE, initial, { dedupeFor: 60_000, dedupeMargin: 1_000 });
  const failures: Failure[] = [];
  for (const body of bodies) {
    const entry = chain(machine.at, { counter: 1, nodeId: 'a' }, { lamport: 0, wall: WALL }, body);
    const applied = applyEntry(hall, machine, entry);
    ({ machine } = applied);
    if (applied.failure !== undefined) failures.push(applied.failure);
  }
  return { machine, failures };
}

function asking(uuid: string, command: Json): Body {
  return { type: 'write', uuid, issuedAt: WALL, command };
}

const told = (errorId: string): Outcome => ({
  type: 'failed',
  errorId,
  reason: `the service failed: the logs of the servers explain error ${errorId}`,
});

describe('A command whose code throws', () => {
  test('fails alone: nothing of what it changed stays, and later ones are carried out', () => {
    const { machine, failures } = through(
      asking('a', { type: 'half' }),
      asking('b', { type: 'hold', by: 'bob', value: 'two' }),
    );
    expect(machine.state).toEqual({ holds: { ann: 1, bob: 2 }, sum: 1 });
    expect(machine.results.get('a')?.outcome).toEqual(told('hall-1'));
    expect(machine.results.get('b')?.outcome).toEqual(accepted());
    expect(failures).toMatchObject([{ errorId: 'hall-1', index: 1, command: { type: 'half' } }]);
    expect(failures[0]?.thrown.stack).toContain('half-way');
  });

  test('gets the same outcome under the same uuid, without being carried out again', () => {
    const { machine, failures } = through(asking('a', { type: 'half' }), asking('a', { type: 'half' }));
    expect(machine.results.get('a')).toMatchObject({ index: 1, outcome: told('hall-1') });
    expect(failures).toHaveLength(1);
  });

  test('may throw anything', () => {
    expect(through(asking('a', { type: 'throw', what: 'no error' })).failures[0]?.thrown.message).toContain(
      '"no error"',
    );
  });

  test('ends the node where it is the stack of this process that ends: others may have more', () => {
    expect(() => through(asking('a', { type: 'deep' }))).toThrow(EndsNode);
    expect(() => through(asking('a', { type: 'deep' }))).toThrow(
      /hall: deep, entry 1: Maximum call stack.*--stack-size/,
    );
  });
});

describe('A state or an answer that is no JSON', () => {
  test.each([
    [{ type: 'hold', by: 'bob', value: 'NaN' }, 'hall: after hold, state.holds.bob is NaN'],
    [{ type: 'hold', by: 'bob', value: 'nothing' }, 'hall: after hold, state.holds.bob is undefined'],
    [{ type: 'hold', by: 'b c', value: 'set' }, 'hall: after hold, state.holds["b c"] is a Set'],
    [{ type: 'hold', by: 'bob', value: 'dates' }, 'hall: after hold, state.holds.bob.at[0] is a Date'],
    [{ type: 'answer', value: 'infinite' }, 'hall: after answer, outcome.value[1] is Infinity'],
    [{ type: 'answer', value: 'bigint' }, 'hall: after answer, outcome.value is a bigint'],
  ])('fails its command, with its path: %o', (command, words) => {
    const { machine, failures } = through(asking('a', command));
    expect(failures.map(({ thrown }) => thrown.message)).toEqual([words]);
    expect(machine.state).toBe(initial);
    expect(machine.results.get('a')?.outcome).toEqual(told('hall-1'));
  });

  test('never reaches a snapshot', () => {
    const { machine } = through(asking('a', { type: 'hold', by: 'bob', value: 'NaN' }), asking('b', { type: 'half' }));
    const configuration = configurationOf([], []);
    const snapshot = { base: machine.at, configuration, machine };
    expect(decodeSnapshot(encodeSnapshot(snapshot))).toEqual({ type: 'decoded', value: snapshot });
  });
});

const settle = (outcome: Outcome): Body => ({ type: 'settle', group: 'bank', number: 1, outcome, index: 5 });

describe('Where a call fails', () => {
  const calling: Body = {
    type: 'call',
    from: 'shop',
    historyId: 'h',
    number: 1,
    uuid: 'shop-1',
    settled: 0,
    command: { type: 'half' },
  };

  test('the caller is told so, and later calls are not held up', () => {
    const { machine } = through(calling, { ...calling, number: 2, command: { type: 'answer', value: 'two' } });
    const { cursor, results } = machine.incoming.get(channelOf('shop', 'h')) ?? {};
    expect([cursor, results?.get(1)?.outcome, results?.get(2)?.outcome]).toEqual([2, told('hall-1'), accepted(2)]);
    expect(machine.state).toBe(initial);
  });

  test('`resume` sees it, and may undo', () => {
    const { machine } = through(asking('a', { type: 'pay' }), settle(told('bank-5')));
    expect(machine.results.get('a')?.outcome).toEqual(refused('bank: bank-5'));
    expect(machine.state).toEqual(initial);
  });

  test('a `resume` that throws fails the write, and the call is settled', () => {
    const { machine, failures } = through(asking('a', { type: 'pay' }), settle(refused('broke')));
    expect(machine.results.get('a')?.outcome).toEqual(told('hall-2'));
    expect(machine.outgoing.get('bank')?.pending.size).toBe(0);
    expect(failures).toMatchObject([{ errorId: 'hall-2', command: { type: 'pay' } }]);
  });
});
