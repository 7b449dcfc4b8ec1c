import { expect, test } from 'vitest';
import { leaderOf, rankedBy, type SeenGroup, type SeenStatus, unrestOf } from '../../../src/chaos/decide/quiescence.ts';

const member = (node: string, rank: number, voter = true) => ({ node, kind: 'data', voter, rank }) as const;
const group = (change: Partial<SeenGroup> = {}): SeenGroup => ({
  role: 'secondary',
  epoch: '2.s2',
  last: 9,
  commit: 9,
  applied: 9,
  members: [],
  ...change,
});
const status = (node: string, events: SeenGroup): SeenStatus => ({ node, groups: { events }, frontEnd: null });
const leader = (change: Partial<SeenGroup> = {}): SeenStatus =>
  status('s2', group({ role: 'primary', members: [member('s1', 1), member('s2', 2)], ...change }));

const expected = { servers: ['s1', 's2'], frontEnds: [], groups: ['events'] };

test('A cluster whose servers are voters and have applied all there is is at rest', () => {
  expect(unrestOf(expected, [status('s1', group()), leader()])).toEqual([]);
});

test('What keeps a cluster from rest is named', () => {
  expect(unrestOf(expected, [status('s1', group())])).toEqual(['s2 does not answer', 'events has no primary']);
  expect(unrestOf(expected, [status('s1', group({ applied: 7 })), leader({ last: 10 })])).toEqual([
    'events has entries that are not committed',
    's1 lacks 3 entries of events',
    's2 lacks 1 entries of events',
  ]);
  const learner = leader({ members: [member('s1', 1, false), member('s2', 2)] });
  expect(unrestOf(expected, [status('s1', group()), learner])).toEqual(['s1 is no voter of events']);
  const held = { ...status('f1', group()), frontEnd: { held: 2 } };
  expect(unrestOf({ ...expected, frontEnds: ['f1'] }, [status('s1', group()), leader(), held])).toEqual([
    'f1 holds 2 requests',
  ]);
});

test('Of two that say they lead, the one in the newer epoch does', () => {
  const old = status('s1', group({ role: 'primary', epoch: '9.s1' }));
  const young = leader({ epoch: '10.s2' });
  expect(leaderOf('events', [old, young])?.node).toBe('s2');
  expect(rankedBy('events', [old, young])).toEqual(['s2', 's1']);
  expect(rankedBy('users', [old, young])).toEqual([]);
});
