import { describe, expect, test } from 'vitest';
import type { Sample } from '../../../src/cli/client/bazaar/trader.ts';
import { evaluationDocument } from '../../../src/cli/evaluate/document.ts';
import { type Evaluation, measure, noticed, sameEverywhere, waitsOf } from '../../../src/cli/evaluate/evaluation.ts';
import { evaluationSvg } from '../../../src/cli/evaluate/plot.ts';
import { markdownCacheTable, markdownTable, showEvaluation } from '../../../src/cli/evaluate/table.ts';
import { scaleTo } from '../../../src/drawing/scale.ts';
import { SAMPLE } from '../../support/cli/evaluation-sample.ts';

function sample(kind: Sample['kind'], at: number, millis: number): Sample {
  return { kind, at, millis, outcome: 'answered' };
}

/** The sample, but for one server that has lost an order. */
const DIFFERENT: Evaluation = {
  ...SAMPLE,
  replicas: SAMPLE.replicas.map((replica, place) => (place === 2 ? { ...replica, orders: 79 } : replica)),
  problems: ['orders differ: s1 has {"number":79}, and s3 has nothing'],
};

describe('an evaluation', () => {
  test('measures each kind by itself, and all queries together; without a cache there are no hits and misses.', () => {
    const samples = [sample('query hit', 0, 1), sample('query miss', 0, 9), sample('trade', 0, 40)];
    const on = measure(samples, 'on');
    expect(Object.keys(on)).toEqual(['query', 'query hit', 'query miss', 'trade']);
    expect([on.query?.count, on.query?.p50, on.query?.worst, on['query hit']?.worst]).toEqual([2, 1, 9, 1]);
    expect(Object.keys(measure([sample('query miss', 0, 9)], 'off'))).toEqual(['query']);
  });

  test('knows the longest wait of what was sent in each tenth of a second.', () => {
    const samples = [
      sample('trade', 1_000, 30),
      sample('trade', 1_099, 50),
      sample('trade', 1_310, 900),
      sample('query hit', 1_000, 999),
    ];
    expect(waitsOf(samples, ['trade'], 1_000)).toEqual([50, 0, 0, 900]);
    expect(waitsOf([], ['trade'], 1_000)).toEqual([]);
  });

  test('says what clients noticed.', () => {
    expect(noticed(SAMPLE.outages)).toBe(
      'no client noticed more than a wait: of 1000 requests 0 failed and 0 had an unknown outcome; the longest wait was 812 ms',
    );
    const [first] = SAMPLE.outages;
    expect(first).toBeDefined();
    if (first !== undefined) expect(noticed([{ ...first, unknown: 1 }])).toMatch(/^clients noticed: of 500 requests/);
  });

  test('says whether all data servers ended with the same, by their rows and by their hashes.', () => {
    expect(sameEverywhere(SAMPLE)).toBe(
      'all data servers (s1, s2, s3) ended with the same: 80 orders, 290 shares of 3 stocks, and the same hash over all that they have made',
    );
    expect(sameEverywhere(DIFFERENT)).toBe('the data servers (s1, s2, s3) ended with different data');
    const replicas = SAMPLE.replicas.map((one) => (one.node === 's1' ? { ...one, hashes: { orders: 1 } } : one));
    expect(sameEverywhere({ replicas })).toContain('different');
  });
});

describe('what an evaluation prints', () => {
  test('is a table for each cache, what clients noticed, and whether all is the same, in 60 columns.', () => {
    const lines = showEvaluation(SAMPLE).split('\n');
    expect(lines[0]).toBe('evaluate bazaar: ok');
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
    expect(lines).toContain('p %  cache on, ms    count     p50     p95     p99   worst');
    expect(lines).toContain('  0  query             100    51.0    96.0   100.0   101.0');
    expect(lines).toContain(' 40  trade              40    59.0    77.0    79.0    79.0');
    expect(lines).toContain(' 40  hits 60 %');
    expect(lines.join(' ')).toContain('80 orders compared: order info match with local.');
  });

  test('says what is wrong, and that it is.', () => {
    const shown = showEvaluation(DIFFERENT);
    expect(shown).toMatch(/^evaluate bazaar: failed\n/);
    expect(shown).toContain('\nWRONG: orders differ: s1 has {"number":79}, and s3 has nothing');
    expect(evaluationDocument(DIFFERENT, 'x')).toContain('- WRONG: orders differ');
  });

  test('tells what could not be found out from what is wrong.', () => {
    const unsure: Evaluation = { ...SAMPLE, unknown: ['order 3 could not be compared: no answer in time'] };
    const shown = showEvaluation(unsure);
    expect(shown).toMatch(/^evaluate bazaar: unknown\n/);
    expect(shown).toContain('\nUNKNOWN: order 3 could not be compared');
    const document = evaluationDocument(unsure, 'x');
    expect(document).toContain('- UNKNOWN: order 3 could not be compared');
    expect(`${shown}${document}`).not.toMatch(/WRONG|order info match with local/);
  });

  test('is, for a document, one table with the cache on and off side by side.', () => {
    expect(markdownTable(SAMPLE).slice(2)).toEqual([
      '| 0 | query | 100 | 51.0 | 96.0 | 100.0 | 100 | 53.0 | 98.0 | 102.0 |',
      '| 0 | query hit | 60 | 30.0 | 57.0 | 60.0 |  |  |  |  |',
      '| 0 | query miss | 40 | 23.0 | 41.0 | 43.0 |  |  |  |  |',
      '| 40 | query | 100 | 51.0 | 96.0 | 100.0 | 100 | 53.0 | 98.0 | 102.0 |',
      '| 40 | query hit | 60 | 30.0 | 57.0 | 60.0 |  |  |  |  |',
      '| 40 | query miss | 40 | 23.0 | 41.0 | 43.0 |  |  |  |  |',
      '| 40 | trade | 40 | 59.0 | 77.0 | 79.0 | 40 | 59.0 | 77.0 | 79.0 |',
      '| 40 | order | 40 | 22.0 | 40.0 | 42.0 | 40 | 22.0 | 40.0 | 42.0 |',
    ]);
    expect(markdownCacheTable(SAMPLE).at(-1)).toBe('| 40 | 60 | 40 | 60 % | 5 | 40 |');
  });

  test('is, as a document, told with machine, date and the command that writes it again.', () => {
    const told = evaluationDocument(SAMPLE, 'understudy evaluate bazaar --out docs --seed 7');
    for (const part of [
      'Written by `understudy evaluate bazaar --out docs --seed 7`.',
      '2026-01-02T03:04:05Z',
      'a processor, 4 cores; 8 GiB; a system; Node.js 20',
      '](evaluation.svg)',
      '- cache on, p = 40 %: 1.0 s s3 killed; 1.7 s s2 leads; 2.5 s s3 started; 3.9 s s3 has caught up. 500 requests,',
      '| s2 | 80 | 3 | 290 | orders `00000abc`, catalog `00000def` |',
      'order info match with local.',
    ]) {
      expect(told).toContain(part);
    }
  });
});

describe('the plot of an evaluation', () => {
  const svg = evaluationSvg(SAMPLE);

  test('has a panel for each kind, the cache and each outage, with axes, units and a legend, for light and dark.', () => {
    for (const title of [
      'Query',
      'Query with a cache: hits and misses',
      'Trade',
      'Order read back',
      'Queries answered from the cache',
      'What leaves the cache, for a hundred queries',
      'In the cache of the first front end, 2 items at most, over time',
      'Cache on: the longest wait while s3, the primary of orders, is killed and brought back',
      'Cache off: the longest wait while s3, the primary of orders, is killed and brought back',
    ]) {
      expect(svg).toContain(`>${title}</text>`);
    }
    for (const word of ['ms', '%', 'items', 'cache on, p50', 'cache off, p95', 'hit, p50', 's3 has caught up']) {
      expect(svg).toContain(`>${word}</text>`);
    }
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('puts every figure where its axis says.', () => {
    const marks = [...svg.matchAll(/<path class="dot a" d="M(\S+) (\S+)a[^>]*><title>cache on, p50, 0: 51\.0 ms</g)];
    expect(marks.map(([, x, y]) => [Number(x) + 3.5, Number(y)])).toEqual([[70, expect.any(Number)]]);
    const ticks = [...svg.matchAll(/<text class="tick soft right" x="64" y="(\S+)">(\d+)<\/text>/g)];
    const at = (value: number): number => Number(ticks.find(([, , shown]) => shown === String(value))?.[1]) - 4;
    const height = Number(marks[0]?.[2]);
    expect(height).toBeCloseTo(at(0) + ((at(100) - at(0)) * 51) / 100, 0);
  });

  test('shows a stock in the cache from the look that found it until the one that did not.', () => {
    const strips = [...svg.matchAll(/<path class="bar c" d="([^"]*)"><title>(\w+)<\/title>/g)];
    expect(
      strips.map(([, d = '', name]) => [name, [...d.matchAll(/M(\S+) \S+?h([\d.]+)/g)].map(([, x, w]) => [x, w])]),
    ).toEqual([
      ['FIG', [['438', '954']]],
      [
        'PEAR',
        [
          ['120', '636'],
          ['1074', '318'],
        ],
      ],
      ['PLUM', []],
    ]);
  });

  test('is the same bytes for the same figures.', () => {
    expect(evaluationSvg(structuredClone(SAMPLE))).toBe(svg);
  });
});

describe('a scale', () => {
  test.each([
    [0.9, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [100, [0, 20, 40, 60, 80, 100]],
    [101, [0, 50, 100, 150]],
    [7, [0, 2, 4, 6, 8]],
    [1_234, [0, 500, 1_000, 1_500]],
  ])('to %d has round ticks', (most, ticks) => {
    const scale = scaleTo(most, 0, 100);
    expect(scale.ticks).toEqual(ticks);
    expect([scale.at(0), scale.at(ticks.at(-1) ?? 0)]).toEqual([0, 100]);
  });

  test('of nothing is one that can be drawn.', () => {
    const scale = scaleTo(0, 100, 0);
    expect(scale.at(0)).toBe(100);
    expect(scale.ticks.length).toBeGreaterThan(1);
  });
});
