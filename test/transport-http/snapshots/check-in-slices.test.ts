import * as fc from 'fast-check';
import { List, Map as PersistentMap } from 'immutable';
import { describe, expect, it } from 'vitest';
import { checkSnapshot } from '../../../src/protocol/wire/codec.ts';
import { checkInSlices } from '../../../src/transport-http/snapshots/check-in-slices.ts';
import { finished } from '../../support/transport-http/full-copies.ts';

const base = { index: 9, epoch: { counter: 1, nodeId: 's2' }, hash: 7, lamport: 3, wall: 5 };
const outcome = { type: 'accepted', value: 1 };
const result = { index: 3, lamport: 3, wall: 5, digest: 9, outcome, rests: [] };
const pending = { uuid: 'u', command: 1, origin: 'o', originCommand: 2 };

function many(count: number, value: unknown): Keyed {
  return PersistentMap(Array.from({ length: count }, (_, number) => [number, value] as const));
}

function texts(count: number, value: unknown): Keyed {
  return PersistentMap(Array.from({ length: count }, (_, number) => [`t${number}`, value] as const));
}

type Keyed = PersistentMap<unknown, unknown>;

interface Whole {
  readonly results: Keyed;
  readonly order: List<unknown>;
  readonly sessions: Keyed;
  readonly outgoing: Keyed;
  readonly incoming: Keyed;
}

/** A machine whose collections are longer than a slice. */
function machine(): Whole & Readonly<Record<string, unknown>> {
  return {
    at: base,
    window: { dedupeFor: 1, dedupeMargin: 1 },
    version: 1,
    state: { any: List([1]) },
    results: texts(2_500, result),
    order: List(Array.from({ length: 2_500 }, (_, number) => `t${number}`)),
    sessions: many(1_200, { wall: 1, done: 0, results: many(3, result) }).set(7, {
      wall: 1,
      done: 0,
      results: many(3_100, result),
    }),
    outgoing: texts(2, { last: 1, settled: 0, pending: many(1_500, pending) }),
    incoming: texts(2, { cursor: 1, results: many(1_500, call) }),
  };
}

function snapshotOf(of: unknown): unknown {
  return { base, configuration: { voters: [], learners: [] }, machine: of };
}

const call = { outcome, index: 1, lamport: 1 };

/** What makes a machine wrong, at some place in it. */
const WRONG: readonly (readonly [string, (whole: Whole, at: number) => object])[] = [
  ['a result', ({ results }, at) => ({ results: results.set(`t${at}`, { ...result, index: -1 }) })],
  ['the key of a result', ({ results }, at) => ({ results: results.set(at, result) })],
  ['a uuid of the order', ({ order }, at) => ({ order: order.set(at, 3) })],
  [
    'a session',
    ({ sessions }, at) => ({ sessions: sessions.set(at % 1_200, { wall: 1, done: -1, results: many(0, 0) }) }),
  ],
  ['the key of a session', ({ sessions }, at) => ({ sessions: sessions.set(`s${at}`, sessions.get(0)) })],
  ['a session that is none', ({ sessions }, at) => ({ sessions: sessions.set(at % 1_200, null) })],
  [
    'a result of a session',
    ({ sessions }, at) => {
      const results = many(3_100, result).set(at, { ...result, wall: 'x' });
      return { sessions: sessions.set(7, { wall: 1, done: 0, results }) };
    },
  ],
  [
    'a session with one field more',
    ({ sessions }) => ({ sessions: sessions.set(7, { wall: 1, done: 0, results: many(3_100, result), more: 1 }) }),
  ],
  [
    'a pending call',
    ({ outgoing }, at) => ({
      outgoing: outgoing.set('t1', { last: 1, settled: 0, pending: many(1_500, pending).set(at, 1) }),
    }),
  ],
  [
    'an outcome of another group',
    ({ incoming }, at) => ({
      incoming: incoming.set('t0', { cursor: 1, results: many(1_500, call).set(at, outcome) }),
    }),
  ],
  ['results that are a list', () => ({ results: List() })],
  ['an order that is missing', () => ({ order: undefined })],
  ['a field that no machine has', () => ({ more: 1 })],
  ['a state that is missing', () => ({ state: undefined })],
  ['another clock', () => ({ at: { ...base, wall: Number.NaN } })],
];

function pausesOf(whole: unknown): number {
  return [...checkInSlices(whole)].length;
}

describe('A snapshot checked in slices', () => {
  it('is taken where it is right, as it is', () => {
    const whole = snapshotOf(machine());
    expect(checkSnapshot(whole).type).toBe('decoded');
    const checked = finished(checkInSlices(whole));
    expect(checked.type === 'decoded' && checked.value).toBe(whole);
  });

  it('is taken without sessions and calls, and without a machine', () => {
    const { sessions: _, ...others } = machine();
    const idle = { ...others, outgoing: texts(0, 0), incoming: texts(0, 0) };
    expect(finished(checkInSlices(snapshotOf(idle))).type).toBe('decoded');
    const ofWitness = { base, configuration: { voters: [], learners: [] } };
    expect(finished(checkInSlices(ofWitness)).type).toBe('decoded');
  });

  it.each(WRONG)('is refused for %s, wherever it is, as in one go', (_, wrongAt) => {
    const whole = machine();
    fc.assert(
      fc.property(fc.nat(1_499), (at) => {
        const wrong = snapshotOf({ ...whole, ...wrongAt(whole, at) });
        expect(checkSnapshot(wrong).type).toBe('rejected');
        expect(finished(checkInSlices(wrong)).type).toBe('rejected');
      }),
      { numRuns: 8 },
    );
  });

  it.each([
    ['no object', 3],
    ['a machine that is none', snapshotOf('x')],
    ['no base', { configuration: { voters: [], learners: [] }, machine: machine() }],
    ['no configuration', { base, machine: machine() }],
    ['one field more', { base, configuration: { voters: [], learners: [] }, machine: machine(), more: 1 }],
  ])('is refused for %s', (_, wrong) => {
    expect(finished(checkInSlices(wrong)).type).toBe('rejected');
  });

  it('pauses behind every hundred items, and looks no further than the first fault', () => {
    const whole = machine();
    const items = 2_500 + 2_500 + 1_200 * 4 + 3_100 + 3_000 + 3_000;
    expect(pausesOf(snapshotOf(whole))).toBeGreaterThan(items / 110);
    expect(pausesOf(snapshotOf({ ...whole, more: 1 }))).toBe(0);
    expect(pausesOf(snapshotOf({ ...whole, order: List([1]) }))).toBe(26);
  });
});
