import * as fc from 'fast-check';
import { List } from 'immutable';
import { expect, test } from 'vitest';
import { accepted } from '../../../src/protocol/model/app.ts';
import type { Json } from '../../../src/protocol/model/json.ts';
import { asList, pageOf, wholeOf } from '../../../src/protocol/model/listed.ts';
import { weigh } from '../../../src/protocol/model/weigh.ts';

function isRows(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

test('The pages of a list have all of its rows in order, and none is longer than it may be, unless it is one row', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 200 }), (texts, atMost) => {
      const listed = asList(List(texts), (text) => ({ text }));
      const rows: Json[] = [];
      for (let from: number | undefined = 0; from !== undefined;) {
        const { outcome, next } = pageOf(listed, from, atMost);
        if (outcome.type !== 'accepted' || !isRows(outcome.value)) throw new Error('a page is a list of rows');
        if (outcome.value.length > 1) expect(weigh(outcome.value)).toBeLessThanOrEqual(atMost);
        for (const row of outcome.value) rows.push(row);
        from = next;
      }
      expect(accepted(rows)).toEqual(wholeOf(listed));
    }),
  );
});

test('Rows are made for their page alone', () => {
  let made = 0;
  const listed = asList(
    Array.from({ length: 1_000_000 }, (_, place) => place),
    (place) => {
      made += 1;
      return place;
    },
  );
  expect(pageOf(listed, 500_000, 100).next).toBeGreaterThan(500_000);
  expect(made).toBeLessThan(100);
});
