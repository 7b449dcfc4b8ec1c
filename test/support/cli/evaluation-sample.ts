import type { Evaluation, Outage, Part } from '../../../src/cli/evaluate/evaluation.ts';
import { timingsOf } from '../../../src/cli/shared/timings.ts';

/** So many times around `millis`: the shortest is that, and each a millisecond longer than the one before. */
function times(count: number, millis: number): ReturnType<typeof timingsOf> {
  return timingsOf(Array.from({ length: count }, (_, nth) => millis + nth));
}

function part(cache: Part['cache'], percent: number): Part {
  const trades = percent === 0 ? {} : { trade: times(percent, 40), order: times(percent, 3) };
  const cached = cache === 'on' ? { 'query hit': times(60, 1), 'query miss': times(40, 4) } : {};
  return {
    cache,
    percent,
    timings: { query: times(100, cache === 'on' ? 2 : 4), ...cached, ...trades },
    hits: cache === 'on' ? 60 : 0,
    misses: cache === 'on' ? 40 : 100,
    evictions: 5,
    invalidations: percent,
    orders: percent,
    refused: 0,
    seconds: 1,
  };
}

function outage(cache: Part['cache']): Outage {
  return {
    cache,
    percent: 40,
    killed: 's3',
    successor: 's2',
    marks: [
      { at: 1, what: 's3 killed' },
      { at: 1.7, what: 's2 leads' },
      { at: 2.5, what: 's3 started' },
      { at: 3.9, what: 's3 has caught up' },
    ],
    waits: {
      query: Array.from({ length: 40 }, () => 5),
      trade: Array.from({ length: 40 }, (_, nth) => (nth > 9 && nth < 17 ? 0 : nth === 9 ? 812 : 42)),
    },
    requests: 500,
    failed: 0,
    unknown: 0,
    longestWait: 812,
  };
}

/** An evaluation in which all was well, with figures that anybody can check. */
export const SAMPLE: Evaluation = {
  date: '2026-01-02T03:04:05Z',
  machine: ['a processor, 4 cores', '8 GiB', 'a system', 'Node.js 20'],
  version: '0.0.0',
  seed: 7,
  clients: 5,
  iterations: 20,
  stocks: ['PEAR', 'PLUM', 'FIG'],
  servers: 3,
  frontEnds: 2,
  cacheSize: 2,
  parts: [part('on', 0), part('on', 40), part('off', 0), part('off', 40)],
  sights: [
    { at: 0, names: ['PEAR'] },
    { at: 1, names: ['FIG', 'PEAR'] },
    { at: 2, names: ['FIG'] },
    { at: 3, names: ['PEAR', 'FIG'] },
    { at: 4, names: [] },
  ],
  marks: [
    { at: 0, what: '0 %' },
    { at: 2, what: '40 %' },
  ],
  outages: [outage('on'), outage('off')],
  replicas: ['s1', 's2', 's3'].map((node) => ({
    node,
    orders: 80,
    stocks: 3,
    shares: 290,
    hashes: { orders: 0xabc, catalog: 0xdef },
  })),
  compared: 80,
  problems: [],
  unknown: [],
  seconds: 12,
};
