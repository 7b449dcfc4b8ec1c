import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import {
  addDigest,
  countOf,
  seedAt,
  seedOfCommit,
  type Shard,
  shardNamed,
  WHOLE,
} from '../../../src/cli/sim/sweep-part.ts';
import {
  decodeSummary,
  emptySummary,
  type FuzzSummary,
  isComplete,
  mergeSummaries,
  missedGoals,
  withReport,
} from '../../../src/cli/sim/sweep-summary.ts';
import { sweep } from '../../../src/cli/sim/sweep.ts';
import type { SeedReport } from '../../../src/cli/sim/worker.ts';
import { goalsOf } from '../../../src/sim/coverage/goals.ts';

/** What a run of the seed might have come to; every fifth one broke a rule. */
function reportOf(seed: number): SeedReport {
  const isRed = seed % 5 === 0;
  return {
    seed,
    verdict: isRed ? 'violation' : 'ok',
    digest: seed.toString(16).padStart(14, '0'),
    events: seed,
    simulatedMillis: 10,
    liveness: isRed ? undefined : seed % 7 === 0 ? 'unrecoverable' : 'served',
    violation: isRed
      ? { judge: seed % 2 === 0 ? 'rest' : 'history', reason: 'so', event: { number: 1, at: 1, what: 'it' } }
      : undefined,
    goals: seed % 3 === 0 ? ['vote-refused'] : [],
    notes: { elected: 1, [`note ${seed % 2}`]: 2 },
    differs: seed % 4 === 0 ? (seed % 8 === 0 ? 'event 3' : 'nowhere') : undefined,
  };
}

function summaryOf(from: number, seeds: number, shard: Shard): FuzzSummary {
  const range = { from, seeds, shard };
  const places = Array.from({ length: countOf(range) }, (_, place) => seedAt(range, place));
  return places.reduce((sum, seed) => withReport(sum, reportOf(seed)), emptySummary(range, tickets));
}

const shards = (of: number): readonly Shard[] => Array.from({ length: of }, (_, place) => ({ index: place + 1, of }));

describe('the parts of a sweep', () => {
  test('have every seed once, whatever the numbers.', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 9 }), (from, seeds, of) => {
        const all = shards(of).flatMap((shard) => {
          const range = { from, seeds, shard };
          return Array.from({ length: countOf(range) }, (_, place) => seedAt(range, place));
        });
        expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: seeds }, (_, place) => from + place));
      }),
    );
  });

  test('come to the same, put together in any order, as the whole.', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (from, seeds, of) => {
        const parts = shards(of).map((shard) => summaryOf(from, seeds, shard));
        expect(mergeSummaries(parts.toReversed())).toEqual(summaryOf(from, seeds, WHOLE));
      }),
    );
  });

  test('are refused when one is missing, there twice, or of another sweep.', () => {
    const first = summaryOf(1, 10, { index: 1, of: 3 });
    const second = summaryOf(1, 10, { index: 2, of: 3 });
    const third = summaryOf(1, 10, { index: 3, of: 3 });
    expect(() => mergeSummaries([first, third])).toThrow('part 2/3 is missing');
    expect(() => mergeSummaries([first, second, third, second])).toThrow('part 2/3 is there 2 times');
    expect(() => mergeSummaries([first, second, summaryOf(2, 10, { index: 3, of: 3 })])).toThrow(
      'part 1/3 of seeds 1 to 10 and part 3/3 of seeds 2 to 11 are not of one sweep',
    );
    expect(() => mergeSummaries([first, second, { ...third, version: '0.0.0' }])).toThrow('make other plans');
    expect(() => mergeSummaries([first, second, { ...third, service: 'locks' }])).toThrow('are two services');
    expect(() => mergeSummaries([])).toThrow('nothing to merge');
  });

  test('are told from other files, and from summaries with more runs than seeds.', () => {
    const summary = summaryOf(1, 10, WHOLE);
    expect(decodeSummary('a', JSON.parse(JSON.stringify(summary)))).toEqual(summary);
    expect(() => decodeSummary('b', { seeds: 3 })).toThrow('b is not a summary');
    expect(() => decodeSummary('c', { ...summary, ran: 11 })).toThrow('c is not a summary');
    expect(isComplete(summary)).toBe(true);
    expect(isComplete({ ...summary, ran: 9 })).toBe(false);
  });

  test('are named as i/n.', () => {
    expect(shardNamed('2/8')).toEqual({ index: 2, of: 8 });
  });

  test.each(['0/3', '4/3', '1', '1/0', '-1/2', 'a/b', '1/2/3'])('are not named %s.', (wrong) => {
    expect(() => shardNamed(wrong)).toThrow('expected a part of a whole');
  });
});

describe('the goals of a sweep', () => {
  test('are those within reach of its service; what none of its runs has hit is missed, in parts and as a whole.', () => {
    const parts = shards(2).map((shard) => summaryOf(1, 6, shard));
    const missed = missedGoals(mergeSummaries(parts));
    expect(missed).toHaveLength(goalsOf(tickets).length - 1);
    expect(missed).not.toContain('vote-refused: a vote was refused');
    expect(missed).toContain('call-settled: a call of one group to another had its outcome');
    const alone = { ...tickets, apps: tickets.apps.slice(1) };
    expect(goalsOf(tickets).filter((goal) => !goalsOf(alone).includes(goal))).toEqual([
      'call-settled',
      'call-refused',
      'call-resumed-by-successor',
    ]);
    expect(goalsOf(bazaar).filter((goal) => !goalsOf(tickets).includes(goal))).toEqual([
      'cache-hit',
      'cache-evicts',
      'push-drops',
      'push-missed',
      'late-fill-dropped',
      'cache-unconfirmed',
    ]);
  });
});

describe('the digest of a sweep', () => {
  test('does not depend on the order of the runs, and does on each digest and on whose it is.', () => {
    const one = addDigest(0, 1, 'aa');
    expect(addDigest(one, 2, 'bb')).toBe(addDigest(addDigest(0, 2, 'bb'), 1, 'aa'));
    expect(addDigest(one, 2, 'bb')).not.toBe(addDigest(addDigest(0, 1, 'bb'), 2, 'aa'));
    expect(addDigest(one, 2, 'bb')).not.toBe(one);
    expect(addDigest(one, 1, 'aa')).not.toBe(0);
  });
});

describe('the seeds of a commit', () => {
  test('are its own, the same for its short and its long hash, and within what a seed may be.', () => {
    const long = 'e7f374f0c1d2a3b4c5d6e7f8091a2b3c4d5e6f70';
    expect(seedOfCommit(long)).toBe(seedOfCommit('E7F374F'));
    expect(seedOfCommit(long)).not.toBe(seedOfCommit('e7f374e'));
    expect(seedOfCommit(long) + 2 ** 19).toBeLessThan(Number.MAX_SAFE_INTEGER);
    expect(() => seedOfCommit('main')).toThrow('expected a hash');
    expect(() => seedOfCommit('e7f374')).toThrow('expected a hash');
  });
});

describe('a sweep', () => {
  test('hands over its seeds in order, compares some of them with themselves, and stops when its time is over.', async () => {
    const options = { service: tickets, jobs: 1, quiet: true, twiceEvery: 4, strict: false, lastsAtMost: undefined };
    const range = { from: 50, seeds: 4, shard: { index: 1, of: 2 } };
    const seen: (readonly [number, string | undefined])[] = [];
    const summary = await sweep({ ...options, range }, ({ seed, differs }) => void seen.push([seed, differs]));
    expect(seen).toEqual([
      [50, 'nowhere'],
      [52, undefined],
    ]);
    expect(summary).toMatchObject({ ran: 2, compared: 1, differed: [], violations: 0 });
    const none = await sweep({ ...options, range, lastsAtMost: 0 }, () => undefined);
    expect(none).toEqual(emptySummary(range, tickets));
  });
});
