import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { unreachable } from '../../src/protocol/model/assert.ts';
import { faultOfJson, faultOfState } from '../../src/protocol/model/json-fault.ts';
import { NESTING_AT_MOST } from '../../src/protocol/model/json.ts';
import { pack, unpack } from '../../src/protocol/wire/pack.ts';

/** What no disk gives back. */
const BAD: readonly unknown[] = [NaN, Infinity, undefined, 1n, new Date(0), new Set(), Symbol('a'), () => 1, /a/];

type Place = readonly ['list' | 'map' | 'fields' | 'items', number];

interface State {
  readonly list: List<unknown>;
  readonly map: Map<string, unknown>;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly items: readonly unknown[];
}

const EMPTY: State = { list: List(), map: Map(), fields: {}, items: [] };

/** One step of a state: a value put at a place, or one taken away, or what was moved. */
function stepped(state: State, [part, at]: Place, value: unknown, isTaken: boolean): State {
  switch (part) {
    case 'list':
      return {
        ...state,
        list: isTaken ? state.list.shift() : at % 3 === 0 ? state.list.unshift(value) : state.list.push(value),
      };
    case 'map':
      return { ...state, map: isTaken ? state.map.delete(`k${at}`) : state.map.set(`k${at}`, value) };
    case 'fields':
      return isTaken ? { ...state, fields: {} } : { ...state, fields: { ...state.fields, [`k${at}`]: value } };
    case 'items':
      return {
        ...state,
        items: isTaken ? state.items.slice(1) : [...state.items.slice(at), value, ...state.items.slice(0, at)],
      };
    default:
      return unreachable(part);
  }
}

const place = fc.tuple(
  fc.constantFrom('list' as const, 'map' as const, 'fields' as const, 'items' as const),
  fc.nat(80),
);
const good = fc.oneof(
  fc.integer(),
  fc.string(),
  fc.record({ a: fc.integer(), b: fc.array(fc.integer(), { maxLength: 3 }) }),
);

describe('What a step made new', () => {
  test('is found wherever it is, in states that were restored in between as well', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(place, good, fc.boolean(), fc.nat(9)), { maxLength: 120 }),
        place,
        fc.constantFrom(...BAD),
        fc.boolean(),
        (steps, where, bad, isDeep) => {
          let state = EMPTY;
          for (const [at, value, isTaken, restores] of steps) {
            const next = stepped(state, at, value, isTaken);
            expect(faultOfState(next, state)).toBeUndefined();
            // eslint-disable-next-line no-unsafe-type-assertion
            state = restores === 0 ? (unpack(pack(next)) as State) : next;
          }
          const wrong = stepped(state, where, isDeep ? { a: [0, { b: bad }] } : bad, false);
          // A List takes `undefined` for a place without an item.
          if (bad === undefined && !isDeep && where[0] === 'list') return;
          expect(faultOfState(wrong, state)).toContain(` is `);
          // It was not taken as valid: the next look finds it again.
          expect(faultOfState(wrong, state)).toBeDefined();
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is named by its path', () => {
    const state = { holds: [{ until: 1 }], seats: Map<string, unknown>({ a1: { by: 'x' } }), log: List([1]) };
    const wrong: readonly (readonly [string, unknown])[] = [
      ['.holds is NaN', { ...state, holds: NaN }],
      ['.holds[1].until is undefined', { ...state, holds: [...state.holds, { until: undefined }] }],
      ['.seats.get("b2").by is a Date', { ...state, seats: state.seats.set('b2', { by: new Date(0) }) }],
      ['.log[…] is Infinity', { ...state, log: state.log.push(Infinity) }],
      ['.seats is a Set', { ...state, seats: new Set(['a1']) }],
      ['.seats is an ordered Map', { ...state, seats: state.seats.toOrderedMap() }],
      ['["a b"] is a bigint', { ...state, 'a b': 1n }],
      [' is a Date', new Date(0)],
      [' is undefined', undefined],
      ['.seats has a key that is no text and no number', { ...state, seats: Map([[undefined, 1]]) }],
    ];
    for (const [path, after] of wrong) expect(faultOfState(after, state)).toBe(path);
  });

  test('may be nested a hundred deep and no deeper, however little of it is new', () => {
    let state: object = { next: null };
    for (let depth = 1; depth < NESTING_AT_MOST; depth += 1) {
      const next = { next: state };
      expect(faultOfState(next, state)).toBeUndefined();
      state = next;
    }
    expect(faultOfState({ next: state }, state)).toContain('nested more than 100 deep');
    // One that was deep once is not so for ever.
    const flat = { next: { next: null } };
    expect(faultOfState(flat, state)).toBeUndefined();
    expect(faultOfState({ next: flat }, flat)).toBeUndefined();
  });

  test('that contains itself is refused', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(faultOfState({ circle }, {})).toContain('nested');
    expect(faultOfJson(circle, 1_000)).toContain('nested');
  });

  test('costs the same in a large state', () => {
    let reads = 0;
    const counted = (): object => Object.defineProperty({}, 'a', { enumerable: true, get: () => ((reads += 1), 1) });
    const large = {
      list: List(Array.from({ length: 5_000 }, counted)),
      map: Map(Array.from({ length: 5_000 }, (_, at) => [at, counted()])),
    };
    expect(faultOfState(large, {})).toBeUndefined();
    reads = 0;
    const next = { list: large.list.push({ a: 1 }), map: large.map.set(7, { a: 1 }).delete(8).set(9_999, {}) };
    expect(faultOfState(next, large)).toBeUndefined();
    // Of the few objects in whose places others are.
    expect(reads).toBeLessThan(10);
  });
});

describe('What a service says', () => {
  test('is plain JSON, without List and Map', () => {
    expect(faultOfJson({ a: [1, 'b', null, true] }, 100)).toBeUndefined();
    expect(faultOfJson({ a: List() }, 100)).toBe('.a is a List');
    for (const bad of BAD) expect(faultOfJson([{ a: bad }], 100)).toMatch(/^\[0\]\.a is /);
  });
});
