import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCatalog } from '../../../src/apps/bazaar/catalog-file.ts';
import { catalog } from '../../../src/apps/bazaar/catalog.ts';

const SAMPLE = new URL('../../../src/apps/bazaar/catalog.txt', import.meta.url);

function problemsIn(text: string): readonly string[] {
  const parsed = parseCatalog(text);
  return parsed.type === 'parsed' ? [] : parsed.problems.map(({ line, reason }) => `${line}: ${reason}`);
}

test('the sample has at least ten stocks of a hundred, more than a front end keeps, and the group can list each', () => {
  const parsed = parseCatalog(readFileSync(SAMPLE, 'utf8'));
  if (parsed.type === 'rejected') throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.stocks.length).toBeGreaterThanOrEqual(10);
  expect(parsed.stocks.filter(({ quantity }) => quantity === 100)).toEqual(parsed.stocks);
  expect(parsed.stocks[0]).toEqual({ name: 'GameStart', price: 1599, volume: 0, quantity: 100, limit: 500 });
  for (const stock of parsed.stocks) expect(catalog.decode({ type: 'list', ...stock }).type).toBe('decoded');
});

test('comments, empty lines, spaces, Windows line ends and a byte order mark mean nothing', () => {
  const text = '\uFEFF# stocks\r\n\r\n  Fish & Co ,\t7.5,12 , 100\r\n   # more\r\nÜber Boar,0,0,0,9007199254740991';
  expect(parseCatalog(text)).toEqual({
    type: 'parsed',
    stocks: [
      { name: 'Fish & Co', price: 750, volume: 12, quantity: 100 },
      { name: 'Über Boar', price: 0, volume: 0, quantity: 0, limit: 9_007_199_254_740_991 },
    ],
  });
});

test('everything wrong is named with its line, all at once', () => {
  const text = ['A,1,0,1', '# fine', 'B,1,0', 'A,2,0,1', 'C,1.999,0,1', ',1,0,1', 'D,1,x,1', 'E,1,0,-1', 'F,1,0,2,1'];
  expect(problemsIn(text.join('\n'))).toEqual([
    '3: expected name, price, trade volume, quantity and perhaps a limit, and there are 3 parts',
    '4: A is on line 1 already',
    '5: price: expected a number like 15.99, with at most two decimals, and not "1.999"',
    '6: name: expected a text that is not empty',
    '7: trade volume: expected a whole number, and not "x"',
    '8: quantity: expected a whole number, and not "-1"',
    '9: quantity: 2 are more than the limit of 1',
  ]);
});

test.each(['-1', '1e3', '1.', '.5', '1 5', '', '$1', '0x10', '10000000000000', 'NaN'])('%j is no price', (price) => {
  expect(problemsIn(`A,${price},0,1`)).toHaveLength(1);
});

test.each(['1.0', '1e3', '', '+1', '9007199254740992', '99999999999999999'])(
  '%j is no quantity and no limit',
  (bad) => {
    expect(problemsIn(`A,1,0,${bad}`)).toEqual([expect.stringMatching(/^1: quantity: /)]);
    expect(problemsIn(`A,1,0,1,${bad}`)).toEqual([expect.stringMatching(/^1: limit: /)]);
  },
);

test('a file without a stock is wrong, and so is a name that is too long', () => {
  expect(problemsIn('# nothing\n\n')).toEqual(['3: there is no stock']);
  expect(problemsIn(`${'x'.repeat(201)},1,0,1`)).toEqual(['1: name: expected at most 200 characters']);
});

test.each(['.', '..'])('no stock is called %s, for which no path could ask', (called) => {
  const reason = 'expected a name that a path can hold, so neither . nor ..';
  expect(problemsIn(`A,1,0,1\n${called},1,0,1`)).toEqual([`2: name: ${reason}`]);
  expect(catalog.decode({ type: 'list', name: called, price: 1, quantity: 1 }).type).toBe('rejected');
  // What resolves a URL takes neither for a name, and all others as they are.
  expect(new URL(`http://f1/stocks/${encodeURIComponent(called)}`).pathname).not.toContain(called);
});

test.each(['...', '.a', 'a.', '. .', '..a'])('a stock may be called %s', (called) => {
  expect(problemsIn(`${called},1,0,1`)).toEqual([]);
  const { pathname } = new URL(`http://f1/stocks/${encodeURIComponent(called)}`);
  expect(decodeURIComponent(pathname)).toBe(`/stocks/${called}`);
});

test('whatever a file holds, it is parsed or refused line by line; and what is written is read back', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.constantFrom('A,1,0,1', 'A', ',,,', '1,1,1,1,1,1'))), (lines) => {
      const parsed = parseCatalog(lines.join('\n'));
      if (parsed.type === 'parsed') return;
      for (const { line } of parsed.problems) expect(line).toBeGreaterThan(0);
    }),
  );
  const cents = fc.nat({ max: 999_999_999_999_999 });
  fc.assert(
    fc.property(fc.uniqueArray(cents, { minLength: 1, maxLength: 10 }), (prices) => {
      const lines = prices.map(
        (price, at) => `S${at}, ${Math.floor(price / 100)}.${String(price % 100).padStart(2, '0')}, 0, 1`,
      );
      expect(parseCatalog(lines.join('\n'))).toEqual({
        type: 'parsed',
        stocks: prices.map((price, at) => ({ name: `S${at}`, price, volume: 0, quantity: 1 })),
      });
    }),
  );
});
