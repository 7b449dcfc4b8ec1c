import * as fc from 'fast-check';
import { List, Map } from 'immutable';
import { describe, expect, test } from 'vitest';
import { unreachable } from '../../src/protocol/model/assert.ts';
import { NOTHING_PLANTED } from '../../src/protocol/model/mutants.ts';
import { applyChanges, changeSlices, countChanges } from '../../src/protocol/wire/change-slices.ts';
import type { Json } from '../../src/protocol/model/json.ts';
import { pack } from '../../src/protocol/wire/pack.ts';
import { packable } from '../support/protocol/arbitraries.ts';

/** What a value is, the order of fields included. */
function said(value: unknown): string {
  return JSON.stringify(pack(value));
}

function textsOf(before: unknown, after: unknown, valuesAtMost = 4, charactersAtMost = 60): readonly string[] {
  const texts = changeSlices(before, after, { valuesAtMost, charactersAtMost, planted: NOTHING_PLANTED });
  return [...texts].flatMap((text) => text ?? []);
}

/** `before`, changed as a file of the texts says. */
function changed(before: unknown, texts: readonly string[]): unknown {
  return texts.reduce<unknown>((value, text) => {
    const slice: unknown = JSON.parse(text);
    const next = applyChanges(value, slice);
    if (next === undefined) throw new Error(`${text} does not fit`);
    return next.value;
  }, before);
}

function journey(before: unknown, after: unknown, valuesAtMost?: number): void {
  expect(said(changed(before, textsOf(before, after, valuesAtMost)))).toBe(said(after));
}

type MapDeed = readonly ['set' | 'delete', number, Json] | readonly ['clear'];

/** Numbers, texts, and texts whose hashes collide in immutable. */
function keyFor(number: number): string | number {
  if (number % 3 === 0) return number;
  return number % 3 === 1
    ? `k${number}`
    : number % 2 === 0
      ? 'Aa'.repeat(1 + (number % 4))
      : 'BB'.repeat(1 + (number % 4));
}

const mapDeeds: fc.Arbitrary<readonly MapDeed[]> = fc.array(
  fc.oneof(
    {
      weight: 40,
      arbitrary: fc.tuple(fc.constantFrom('set' as const, 'delete' as const), fc.nat(200), fc.jsonValue().map(asJson)),
    },
    { weight: 1, arbitrary: fc.constant(['clear'] as const) },
  ),
  { maxLength: 120 },
);

function asJson(value: unknown): Json {
  return said(value);
}

function afterMapDeeds(map: Map<unknown, unknown>, deeds: readonly MapDeed[]): Map<unknown, unknown> {
  return deeds.reduce((now, deed) => {
    if (deed[0] === 'clear') return now.clear();
    return deed[0] === 'set' ? now.set(keyFor(deed[1]), deed[2]) : now.delete(keyFor(deed[1]));
  }, map);
}

type ListDeed = readonly ['push' | 'pop' | 'set' | 'shift' | 'unshift' | 'cut' | 'keep' | 'concat', number];

const listDeeds: fc.Arbitrary<readonly ListDeed[]> = fc.array(
  fc.tuple(
    fc.constantFrom('push', 'pop', 'set', 'shift', 'unshift', 'cut', 'keep', 'concat'),
    fc.oneof(fc.nat(40), fc.nat(1_500)),
  ),
  { maxLength: 30 },
);

function afterListDeeds(list: List<unknown>, deeds: readonly ListDeed[]): List<unknown> {
  return deeds.reduce<List<unknown>>((now, [deed, number], place): List<unknown> => {
    const item = { number, place };
    const some = Array.from({ length: number % 300 }, (_, more) => ({ more, place }));
    switch (deed) {
      case 'push':
        return now.push(item);
      case 'concat':
        return now.concat(some);
      case 'pop':
        return now.pop();
      case 'set':
        return now.size === 0 ? now : now.set(number % now.size, item);
      case 'shift':
        return now.shift();
      case 'unshift':
        return now.unshift(item);
      case 'cut':
        return now.slice(number % 200);
      case 'keep':
        return now.setSize(Math.min(now.size, number));
      default:
        return unreachable(deed);
    }
  }, list);
}

describe('changes between two versions', () => {
  test('make the later one of the earlier one, whatever both are', () => {
    fc.assert(
      fc.property(packable, packable, packable, (shared, a, b) => {
        journey({ shared, at: a, a, both: a }, { shared, at: b, both: a, b });
        journey({ shared, at: a, a, both: a }, { shared, at: b, both: a, b }, 0);
      }),
      { numRuns: 300 },
    );
  });

  test('of a Map are those of its keys, also of colliding ones', () => {
    fc.assert(
      fc.property(mapDeeds, mapDeeds, (first, then) => {
        const before = afterMapDeeds(Map(), first);
        const after = afterMapDeeds(before, then);
        journey({ held: before }, { held: after }, 0);
        journey(before, afterMapDeeds(Map(), [...first, ...then]));
      }),
      { numRuns: 500 },
    );
  });

  test('of a List are those of its items, also when it loses some at its beginning and its end', () => {
    fc.assert(
      fc.property(listDeeds, listDeeds, listDeeds, (first, second, then) => {
        const before = afterListDeeds(
          afterListDeeds(List(), first).concat(Array.from({ length: 1_100 }, (_, item) => ({ item }))),
          second,
        );
        journey({ held: before }, { held: afterListDeeds(before, then) }, 0);
      }),
      { numRuns: 300 },
    );
  });

  test('are in number what has changed, and not what there is', () => {
    const rows = Map<string, { readonly number: number }>(
      Array.from({ length: 20_000 }, (_, number) => [`row ${number}`, { number }]),
    );
    const list = List(Array.from({ length: 20_000 }, (_, number) => ({ number })));
    const queue = List(Array.from({ length: 20_000 }, (_, number) => `uuid ${number}`));
    const before = { at: 1, rows, list, queue };
    const after = {
      at: 2,
      rows: rows.set('row 7', { number: 0 }).delete('row 8').set('new', { number: 1 }),
      list: list.push({ number: 1 }).set(3, { number: 4 }),
      queue: queue.shift().shift().push('new'),
    };
    const count = [...countingOf(before, after)];
    expect(count).toEqual([{ type: 'count', count: 1 + 3 + 3 + 2 }]);
    expect(textsOf(before, after, 256).join('').length).toBeLessThan(600);
    journey(before, after, 256);
  });

  test('keep the fields of a large object in their order', () => {
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [`f${number}`, number]));
    const { f3, ...others } = wide;
    journey({ wide }, { wide: { ...others, f3, more: 1 } }, 256);
    journey({ wide }, { wide: { ...wide, f7: 1, more: 1 } }, 256);
    expect(textsOf({ wide }, { wide: { ...wide, f7: 1, more: 1 } }, 256).join('').length).toBeLessThan(100);
  });

  test('tell by how much the value grows, about', () => {
    fc.assert(
      fc.property(mapDeeds, mapDeeds, (first, then) => {
        const before = { rows: afterMapDeeds(Map(), first) };
        const after = { rows: afterMapDeeds(before.rows, then) };
        const slices = changeSlices(before, after, { valuesAtMost: 0, charactersAtMost: 60 });
        let next = slices.next();
        while (next.done !== true) next = slices.next();
        const grown = said(after).length - said(before).length;
        // Texts that JSON escapes are longer; the empty Map has brackets of its own.
        const escaped = said(said(after)).length + said(said(before)).length - said(after).length - said(before).length;
        expect(Math.abs(next.value - grown)).toBeLessThanOrEqual(20 + escaped);
      }),
    );
  });
});

function* countingOf(before: unknown, after: unknown): Generator<{ readonly type: 'count'; readonly count: number }> {
  const counting = countChanges(before, after, { valuesAtMost: 256 }, 1_000);
  let next = counting.next();
  while (next.done !== true) next = counting.next();
  yield { type: 'count', count: next.value };
}

describe('a text of changes', () => {
  test.each([
    ['no list of groups', '{}'],
    ['a group of nothing', '[3]'],
    ['a path that leads nowhere', '[{"at":["none"],"set":[["a",1]]}]'],
    ['an item behind the end of a List', '[{"at":["list"],"set":[[7,1]]}]'],
    ['a key that is none', '[{"at":["rows"],"set":[[{},1]]}]'],
    ['a deletion from a List', '[{"at":["list"],"del":[0]}]'],
    ['another size of a Map', '[{"at":["rows"],"shift":0,"size":3}]'],
    ['a size that no List has', '[{"at":["list"],"shift":0,"size":1e300}]'],
    ['a path into a number', '[{"at":["number"],"set":[["a",1]]}]'],
  ])('that is %s is refused', (_, text) => {
    const slice: unknown = JSON.parse(text);
    expect(applyChanges({ list: List([1]), rows: Map(), number: 3 }, slice)).toBeUndefined();
  });
});
