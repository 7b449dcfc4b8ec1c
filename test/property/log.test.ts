import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Configuration, configurationOf } from '../../src/protocol/model/configuration.ts';
import type { Body, Entry } from '../../src/protocol/model/entry.ts';
import { sameEpoch } from '../../src/protocol/model/epoch.ts';
import {
  appendEntries,
  chain,
  compactThrough,
  configurationAt,
  configurationIndex,
  configurationOfLog,
  entriesBetween,
  entryAt,
  firstOfEpoch,
  genesis,
  hashEntry,
  lastIndex,
  type Log,
  placeAt,
  tail,
  truncateFrom,
  withhold,
} from '../../src/protocol/model/log.ts';

const FIRST = configurationOf([{ nodeId: 'A', diskId: 'a', kind: 'data', votes: 1, rank: 1 }]);
const WINDOW = { dedupeFor: 1, dedupeMargin: 1 };

type Change =
  | { readonly type: 'append'; readonly counter: number; readonly bodies: readonly Body[] }
  | { readonly type: 'truncate'; readonly back: number }
  | { readonly type: 'compact'; readonly keep: number };

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant<Body>({ type: 'noop' }),
  fc.record({ type: fc.constant('write' as const), uuid: fc.string(), issuedAt: fc.nat(), command: fc.string() }),
  fc.nat({ max: 9 }).map((rank): Body => {
    const configuration = configurationOf([{ nodeId: 'A', diskId: 'a', kind: 'data', votes: 1, rank }]);
    return { type: 'configuration', configuration };
  }),
);

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('append' as const),
        counter: fc.integer({ min: 1, max: 3 }),
        bodies: fc.array(body, { maxLength: 5 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('truncate' as const), back: fc.nat({ max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('compact' as const), keep: fc.nat({ max: 6 }) }) },
  ),
  { maxLength: 20 },
);

/** The twin: every entry since the beginning in an array, and how many of them are gone. */
interface Twin {
  readonly all: readonly Entry[];
  readonly dropped: number;
}

function play(steps: readonly Change[]): readonly [Log, Twin] {
  let log = genesis('cluster', 'group', FIRST, WINDOW);
  let twin: Twin = { all: [], dropped: 0 };
  for (const step of steps) {
    if (step.type === 'append') {
      const entries: Entry[] = [];
      for (const said of step.bodies) {
        const epoch = { counter: step.counter, nodeId: 'A' };
        entries.push(chain(entries.at(-1) ?? tail(log), epoch, { lamport: 0, wall: 0 }, said));
      }
      log = appendEntries(log, entries);
      twin = { ...twin, all: [...twin.all, ...entries] };
    } else if (step.type === 'truncate') {
      const from = Math.max(twin.dropped + 1, lastIndex(log) + 1 - step.back);
      log = truncateFrom(log, from);
      twin = { ...twin, all: twin.all.slice(0, from - 1) };
    } else {
      const through = Math.max(twin.dropped, lastIndex(log) - step.keep);
      log = compactThrough(log, through);
      twin = { ...twin, dropped: through };
    }
  }
  return [log, twin];
}

function configurationIn(entries: readonly Entry[]): Configuration {
  return entries.reduce(
    (found, entry) => (entry.body.type === 'configuration' ? entry.body.configuration : found),
    FIRST,
  );
}

describe('The log', () => {
  test('It is an array of entries of which a prefix is gone', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const [log, { all, dropped }] = play(steps);
        expect(lastIndex(log)).toBe(all.length);
        expect(entriesBetween(log, dropped + 1, all.length)).toEqual(all.slice(dropped));
        expect(log.base.index).toBe(dropped);
        if (dropped > 0) expect(log.base.hash).toBe(all[dropped - 1]?.hash);
        for (let index = 0; index <= all.length + 1; index += 1) {
          expect(entryAt(log, index)).toEqual(index > dropped ? all[index - 1] : undefined);
          expect(placeAt(log, index)?.hash).toBe(
            index === dropped ? log.base.hash : index > dropped ? all[index - 1]?.hash : undefined,
          );
        }
      }),
    );
  });

  test('The configuration in force at an index is the newest up to there, whatever was truncated or compacted', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const [log, { all, dropped }] = play(steps);
        expect(configurationOfLog(log)).toEqual(configurationIn(all));
        for (let index = dropped; index <= all.length; index += 1) {
          expect(configurationAt(log, index)).toEqual(configurationIn(all.slice(0, index)));
        }
        const newest = all.findLastIndex(({ body: said }) => said.type === 'configuration') + 1;
        expect(configurationIndex(log)).toBe(Math.max(newest, dropped));
      }),
    );
  });

  test('The first index of an epoch’s run is found by walking back', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const [log, { all, dropped }] = play(steps);
        for (let index = dropped + 1; index <= all.length; index += 1) {
          const epochAt = (at: number) => all[at - 1]?.epoch ?? { counter: 0, nodeId: '' };
          let first = index;
          while (first - 1 > dropped && sameEpoch(epochAt(first - 1), epochAt(index))) first -= 1;
          expect(firstOfEpoch(log, index)).toBe(first);
        }
      }),
    );
  });

  test('Entries are chained: numbered, with the hash of the one before, Lamport and wall time that never fall', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        const [, { all }] = play(steps);
        for (const [place, entry] of all.entries()) {
          const { hash, ...rest } = entry;
          const before = all[place - 1];
          expect(entry.index).toBe(place + 1);
          expect(hash).toBe(hashEntry(rest));
          if (before === undefined) continue;
          expect(entry.previousHash).toBe(before.hash);
          expect(entry.lamport).toBeGreaterThan(before.lamport);
        }
      }),
    );
  });

  test('Logs with the same hash at the same place are the same up to there', () => {
    fc.assert(
      fc.property(changes, changes, (one, two) => {
        const [, { all: left }] = play(one);
        const [, { all: right }] = play(two);
        for (let place = Math.min(left.length, right.length) - 1; place >= 0; place -= 1) {
          if (left[place]?.hash !== right[place]?.hash) continue;
          expect(left.slice(0, place + 1)).toEqual(right.slice(0, place + 1));
          break;
        }
      }),
    );
  });

  test('What a witness keeps has the same place, and no content but that of configurations', () => {
    fc.assert(
      fc.property(changes, (steps) => {
        for (const entry of play(steps)[1].all) {
          const kept = withhold(entry);
          expect({ ...kept, body: entry.body }).toEqual(entry);
          expect(kept.body).toEqual(entry.body.type === 'write' ? { type: 'withheld' } : entry.body);
          expect(withhold(kept)).toEqual(kept);
        }
      }),
    );
  });
});
