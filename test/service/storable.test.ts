import { List, type Map as PersistentMap } from 'immutable';
import { describe, expect, expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import { accepted, type App } from '../../src/protocol/model/app.ts';
import { defineApp } from '../../src/service/define-app.ts';
import { defineService } from '../../src/service/define-service.ts';
import type { Storable } from '../../src/service/storable.ts';

const schemas = { commands: z.object({ type: z.literal('do') }), queries: z.object({ type: z.literal('see') }) };

/** An app that does nothing, but to begin with a state. */
const rest = { name: 'hall', ...schemas, read: () => accepted() };

const apply = <State>(state: State) => ({ state, outcome: accepted() });

interface Seat {
  readonly by: string;
  readonly until?: number;
  readonly next: Seat | null;
}

interface Hall {
  readonly seats: PersistentMap<string, Seat>;
  readonly log: List<{ readonly at: number }>;
  readonly rows: readonly Seat[];
  readonly size: 'small' | 'large';
}

describe('The type of a state', () => {
  test('is what JSON, List and Map can hold, however it is nested', () => {
    expectTypeOf<Hall>().toExtend<Storable<Hall>>();
    expectTypeOf<Storable<{ readonly a: number | null }>>().toEqualTypeOf<{ readonly a: number | null }>();
    expectTypeOf<Storable<unknown>>().toEqualTypeOf<unknown>();
  });

  test('with what they cannot hold does not compile, and says why', () => {
    expectTypeOf<Storable<{ readonly until: Date }>['until']>().toExtend<`a state holds plain JSON${string}`>();
    expectTypeOf<Storable<Set<string>>>().toExtend<`a state holds plain JSON${string}`>();
    expectTypeOf<Storable<Map<string, number>>>().toExtend<`a state holds plain JSON${string}`>();
    expectTypeOf<Storable<() => void>>().toExtend<`a state holds plain JSON${string}`>();
    expectTypeOf<Storable<readonly bigint[]>[number]>().toExtend<`a state holds plain JSON${string}`>();
    expectTypeOf<Storable<{ readonly a: undefined }>['a']>().toExtend<`a state cannot hold undefined${string}`>();
    expectTypeOf<Storable<PersistentMap<boolean, number>>>().toExtend<'the keys of a Map are texts or numbers'>();
    expectTypeOf<Date>().not.toExtend<Storable<Date>>();
  });

  test('is looked at by `defineApp`', () => {
    const wrong: readonly (() => App)[] = [
      // @ts-expect-error a Set
      () => defineApp({ ...rest, initial: { names: new Set(['a']) }, apply }),
      // @ts-expect-error a Date
      () => defineApp({ ...rest, initial: { rows: [{ until: new Date(0) }] }, apply }),
      // @ts-expect-error a Map of JavaScript
      () => defineApp({ ...rest, initial: { seats: new Map([['a', 1]]) }, apply }),
      // @ts-expect-error undefined
      () => defineApp({ ...rest, initial: { seats: undefined }, apply }),
      // @ts-expect-error a bigint behind a List
      () => defineApp({ ...rest, initial: { log: List([{ at: 1n }]) }, apply }),
    ];
    expect(wrong.map(thrownBy)).toEqual([
      'the state of `hall` is plain JSON, List and Map: `initial`.names is a Set',
      'the state of `hall` is plain JSON, List and Map: `initial`.rows[0].until is a Date',
      'the state of `hall` is plain JSON, List and Map: `initial`.seats is a Map',
      'the state of `hall` is plain JSON, List and Map: `initial`.seats is undefined',
      'the state of `hall` is plain JSON, List and Map: `initial`.log[…].at is a bigint',
    ]);
  });
});

test('A number that is none is found when the app is defined', () => {
  expect(thrownBy(() => defineApp({ ...rest, initial: { a: [Number.NaN] }, apply }))).toContain(
    '`initial`.a[0] is NaN',
  );
});

test('An app that is made by hand is looked at by `defineService`', () => {
  const app: App = {
    name: 'hall',
    initial: { names: new Set() },
    decode: () => ({ type: 'decoded', value: null }),
    apply: (state) => ({ state, outcome: accepted() }),
    decodeQuery: () => ({ type: 'decoded', value: null }),
    read: () => accepted(),
    invariants: [],
  };
  expect(thrownBy(() => defineService({ name: 'halls', apps: [app] }))).toContain('`initial`.names is a Set');
});

function thrownBy(run: () => unknown): string {
  try {
    run();
    return 'nothing';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
}
