import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareEntries, inOrder, mergeServices, mergeViews } from '../../src/gossip/merge.ts';
import type { GroupView, ServiceEntry } from '../../src/protocol/model/directory.ts';
import { entries, sights } from '../support/gossip/arbitraries.ts';

const directories = fc.array(entries, { maxLength: 8 }).map(inOrder);

const views = fc
  .array(sights, { maxLength: 5 })
  .map((all) => all.reduce<readonly GroupView[]>((known, view) => mergeViews(known, [view]), []));

/**
 * What stands of everything that was ever said of one node, said dumbly: of the newest disk, of its removal if there was one,
 * of its latest life, of its farewell if there was one, of its latest beat.
 */
function lastWord(said: readonly ServiceEntry[]): ServiceEntry | undefined {
  let left = best(said, ({ generation }) => generation);
  left = best(left, ({ diskId }) => diskId);
  left = preferred(left, ({ standing }) => standing === 'removed');
  left = best(left, ({ incarnation }) => incarnation);
  left = preferred(left, ({ standing }) => standing === 'away');
  left = best(left, ({ beat }) => beat);
  left = best(left, ({ address }) => address);
  return best(left, ({ kind }) => kind)[0];
}

/** Those of them for which `by` is most. */
function best(all: readonly ServiceEntry[], by: (entry: ServiceEntry) => number | string): readonly ServiceEntry[] {
  const most = all.map(by).reduce((a, b) => (a > b ? a : b), all.map(by)[0] ?? 0);
  return all.filter((entry) => by(entry) === most);
}

/** The wanted ones, where there are any. */
function preferred(all: readonly ServiceEntry[], wanted: (entry: ServiceEntry) => boolean): readonly ServiceEntry[] {
  return all.some(wanted) ? all.filter(wanted) : all;
}

describe('Two directories together', () => {
  test('know of each node the last word of all that was ever said of it', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 8 }), fc.array(entries, { maxLength: 8 }), (some, others) => {
        const names = [...new Set([...some, ...others].map(({ nodeId }) => nodeId))].sort();
        const dumb = names.map((name) => lastWord([...some, ...others].filter(({ nodeId }) => nodeId === name)));
        expect(mergeServices(inOrder(some), inOrder(others))).toEqual(dumb);
      }),
      { numRuns: 1_000 },
    );
  });

  test('are the same whoever began, however often, and in whatever order', () => {
    fc.assert(
      fc.property(directories, directories, directories, (a, b, c) => {
        expect(mergeServices(a, a)).toEqual(a);
        expect(mergeServices(a, b)).toEqual(mergeServices(b, a));
        expect(mergeServices(mergeServices(a, b), c)).toEqual(mergeServices(a, mergeServices(b, c)));
      }),
    );
  });

  test('know no less than either of them', () => {
    fc.assert(
      fc.property(directories, directories, (a, b) => {
        const both = mergeServices(a, b);
        for (const entry of [...a, ...b]) {
          const kept = both.find(({ nodeId }) => nodeId === entry.nodeId);
          expect(kept !== undefined && compareEntries(kept, entry) >= 0).toBe(true);
        }
      }),
    );
  });

  test('keep the very entries of the first where the second says nothing newer', () => {
    fc.assert(
      fc.property(directories, (a) => {
        const copy = a.map((entry) => ({ ...entry }));
        expect(mergeServices(a, copy).every((entry, place) => entry === a[place])).toBe(true);
      }),
    );
  });
});

test('A removed disk stays removed, whatever its process says later; a new disk brings the name back', () => {
  const removed: ServiceEntry = {
    nodeId: 's1',
    kind: 'server',
    address: 'a:1',
    diskId: 'disk-1',
    generation: 1,
    incarnation: 3,
    standing: 'removed',
    beat: 7,
  };
  const restarted: ServiceEntry = { ...removed, incarnation: 4, standing: 'member', beat: 0 };
  const fresh: ServiceEntry = { ...restarted, diskId: 'disk-2', generation: 2, incarnation: 1 };
  expect(mergeServices([removed], [restarted])).toEqual([removed]);
  expect(mergeServices([removed], [fresh])).toEqual([fresh]);
  // With the planted bug the dead come back.
  expect(mergeServices([removed], [restarted], new Set(['readmits-removed-disk-after-restart']))).toEqual([restarted]);
});

test('Sights of groups obey the same laws, and the newer epoch and index wins', () => {
  fc.assert(
    fc.property(views, views, views, (a, b, c) => {
      expect(mergeViews(a, a)).toEqual(a);
      expect(mergeViews(a, b)).toEqual(mergeViews(b, a));
      expect(mergeViews(mergeViews(a, b), c)).toEqual(mergeViews(a, mergeViews(b, c)));
      for (const { group, epoch, index } of mergeViews(a, b)) {
        const said = [...a, ...b].filter((view) => view.group === group);
        const counters = said.map((view) => view.epoch.counter);
        expect(epoch.counter).toBe(Math.max(...counters));
        const newest = said.filter(
          (view) => view.epoch.counter === epoch.counter && view.epoch.nodeId === epoch.nodeId,
        );
        expect(index).toBe(Math.max(...newest.map((view) => view.index)));
      }
    }),
  );
});
