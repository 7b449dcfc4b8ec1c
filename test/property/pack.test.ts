import * as fc from 'fast-check';
import { is, List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/protocol/model/json.ts';
import { decode, jsonWithin } from '../../src/protocol/wire/decode.ts';
import { type Collection, pack, unpack } from '../../src/protocol/wire/pack.ts';
import { hostileJson as json } from '../../src/testing/hostile-json.ts';
import { packable } from '../support/protocol/arbitraries.ts';

describe('pack', () => {
  test('gives back what it was given, after a journey as text', () => {
    fc.assert(
      fc.property(packable, (value) => {
        expect(unpack(parse(JSON.stringify(pack(value))))).toEqual(value);
      }),
    );
  });

  test('writes a Map sorted by key, numbers before strings, however it was built', () => {
    const pairs: [string | number, number][] = [
      ['b', 1],
      [10, 2],
      ['a', 3],
      [9, 4],
      ['10', 5],
    ];
    const sorted = {
      $map: [
        [9, 4],
        [10, 2],
        ['10', 5],
        ['a', 3],
        ['b', 1],
      ],
    };
    expect(pack(Map(pairs))).toEqual(sorted);
    expect(pack(Map(pairs.toReversed()))).toEqual(sorted);
  });

  test('keeps keys that look like its own marks or like the prototype', () => {
    const hostile = parse('{"__proto__":{"a":1},"$list":[1],"constructor":null,"$$map":2}');
    const packed = pack(hostile);
    expect(JSON.stringify(packed)).toBe('{"__proto__":{"a":1},"$$list":[1],"constructor":null,"$$$map":2}');
    expect(JSON.stringify(unpack(packed))).toBe(JSON.stringify(hostile));
    expect(unpack(pack({ $list: [1] }))).toEqual({ $list: [1] });
    expect(List.isList(unpack(pack({ $list: [1] })))).toBe(false);
  });

  test('leaves out properties that are undefined', () => {
    expect(pack({ a: undefined, b: 1 })).toEqual({ b: 1 });
    expect(Object.keys(pack({ a: undefined, b: 1 }) ?? {})).toEqual(['b']);
  });

  test.each([
    ['a Set', new Set([1])],
    ['a Date', new Date(0)],
    ['a number that is not finite', [Number.NaN]],
    ['undefined in a list', List([undefined])],
    ['a function', { run: () => 1 }],
    [
      'a Map with objects as keys',
      Map([
        [{}, 1],
        [{}, 2],
      ]),
    ],
  ])('asserts that it is never given %s', (_what, value) => {
    expect(() => pack(value)).toThrow(/a packed value|finite|keys of a packed Map/);
  });

  test('packs elsewhere what it is told to, and finds it there', () => {
    const elsewhere: Collection[] = [];
    const value = { few: List([1]), many: Map([['a', List([1, 2, 3])]]) };
    const packed = pack(value, (collection) => (collection.size > 2 ? elsewhere.push(collection) - 1 : undefined));
    expect(packed).toEqual({ few: { $list: [1] }, many: { $map: [['a', { $spilled: 0 }]] } });
    expect(is(elsewhere[0], List([1, 2, 3]))).toBe(true);
    expect(unpack(packed, (number) => elsewhere[number])).toEqual(value);
  });
});

describe('unpack', () => {
  test('takes any JSON without throwing', () => {
    fc.assert(
      fc.property(json, (value) => {
        unpack(value);
      }),
    );
    expect(unpack({ $list: 3 })).toEqual({ list: 3 });
    expect(unpack({ $map: [[1]] })).toEqual({ map: [[1]] });
    expect(unpack({ $spilled: 4 })).toEqual({ spilled: 4 });
  });
});

function parse(text: string): Json {
  const decoded = decode(jsonWithin(100), JSON.parse(text), 'packed');
  if (decoded.type === 'rejected') throw new Error(decoded.reason);
  return decoded.value;
}
