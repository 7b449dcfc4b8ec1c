import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { hashingInSlices, hashValue } from '../../src/protocol/model/value-hash.ts';
import { pack, unpack } from '../../src/protocol/wire/pack.ts';
import { packable } from '../support/protocol/arbitraries.ts';

describe('hashValue', () => {
  test('is the same for a copy as for the original', () => {
    fc.assert(
      fc.property(packable, (value) => {
        expect(hashValue(unpack(pack(value)))).toBe(hashValue(value));
      }),
    );
  });

  test('is the same in slices, of which a large value takes many', () => {
    fc.assert(
      fc.property(packable, fc.integer({ min: 1, max: 5 }), (value, atOnce) => {
        expect(inSlices(unpack(pack(value)), atOnce).hash).toBe(hashValue(value));
      }),
    );
    expect(
      inSlices(
        Array.from({ length: 10_000 }, (_, index) => [index]),
        100,
      ).slices,
    ).toBeGreaterThan(100);
  });

  test('agrees with the canonical packing on what is equal', () => {
    fc.assert(
      fc.property(packable, packable, (a, b) => {
        expect(hashValue(a) === hashValue(b)).toBe(canonical(a) === canonical(b));
      }),
    );
  });

  test('does not depend on the order in which a Map or an object was filled', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string(), fc.nat()), { selector: ([key]) => key }), (pairs) => {
        const reversed = pairs.toReversed();
        expect(hashValue(Map(reversed))).toBe(hashValue(Map(pairs)));
        expect(hashValue(Object.fromEntries(reversed))).toBe(hashValue(Object.fromEntries(pairs)));
        const detour = Map(pairs).set('\u0000detour', 1).delete('\u0000detour');
        expect(hashValue(detour)).toBe(hashValue(Map(pairs)));
      }),
    );
  });

  test('takes -0 for 0, and an undefined property for an absent one', () => {
    expect(hashValue([-0])).toBe(hashValue([0]));
    expect(hashValue({ a: 1, b: undefined })).toBe(hashValue({ a: 1 }));
  });

  test('tells apart what is nearly the same', () => {
    const values: unknown[] = [
      undefined, null, false, true, 0, 1, -1, 0.5, 2 ** 32, 2 ** 53, '', '0', '1', 'null',
      [], [[]], [0], [0, 0], [null], [1, 2], [2, 1],
      {}, { a: 1 }, { a: '1' }, { a: null }, { b: 1 }, { a: 1, b: 2 }, { a: 2, b: 1 }, [{ a: 1 }, { b: 2 }],
      List(), List([0]), List([1, 2]), List([2, 1]), List([List()]),
      Map(), Map([['a', 1]]), Map([[1, 'a']]), Map([['1', 'a']]), Map([['a', 1], ['b', 2]]), Map([['a', 2], ['b', 1]]),
    ]; // prettier-ignore
    const hashes = values.map(hashValue);
    expect(new Set(hashes).size).toBe(values.length);
    expect(hashes.every((hash) => Number.isSafeInteger(hash) && hash >= 0)).toBe(true);
  });

  test('does not walk a part again that it knows', () => {
    let walks = 0;
    const part = {
      get name() {
        walks += 1;
        return 'part';
      },
    };
    const before = List([part, 1]);
    hashValue(before);
    hashValue(before.push(2));
    expect(walks).toBe(1);
  });
});

/** The dumb twin: packing with the keys of every object sorted. */
function canonical(value: unknown): string {
  return JSON.stringify(pack(value), (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

function inSlices(value: unknown, atOnce: number): { readonly hash: number; readonly slices: number } {
  const work = hashingInSlices(value, atOnce);
  for (let slices = 1; ; slices += 1) {
    const { done, value: hash } = work.next();
    if (done === true) return { hash, slices };
  }
}
