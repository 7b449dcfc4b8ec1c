import * as fc from 'fast-check';
import { List, Map as Dictionary } from 'immutable';
import { describe, expect, it } from 'vitest';
import { exceeded, packBounds, RESOURCES, spend, used } from '../../../src/sim/explore/bounds.ts';
import { createInFlight } from '../../../src/sim/explore/in-flight.ts';
import { createIntern } from '../../../src/sim/explore/intern.ts';
import { sameValue } from '../../../src/sim/explore/same-value.ts';
import { createStateTable } from '../../../src/sim/explore/state-table.ts';

const WIDTH = 3;

describe('the arena', () => {
  it('finds exactly the rows that were put in, under the places they were given', () => {
    const rows = fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: WIDTH, maxLength: WIDTH }), {
      maxLength: 3_000,
    });
    fc.assert(
      fc.property(rows, (added) => {
        const stateTable = createStateTable(WIDTH);
        const twin = new Map<string, number>();
        for (const row of added) {
          const place = stateTable.add(Int32Array.from(row), twin.size - 1);
          expect(place).toBe(twin.has(row.join()) ? -1 : twin.size);
          if (place >= 0) twin.set(row.join(), place);
        }
        expect(stateTable.size).toBe(twin.size);
        const into = new Int32Array(WIDTH);
        for (const [key, place] of twin) {
          stateTable.read(place, into);
          expect(into.join()).toBe(key);
          expect(stateTable.parentOf(place)).toBe(place - 1);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('what is on its way', () => {
  const lore = {
    destinationOf: (packet: number) => packet % 3,
    isDead: (packet: number, horizon: number) => packet < horizon,
  };

  it('is a set, whatever the order in which packets came and went', () => {
    const changes = fc.array(
      fc.oneof(
        fc.record({ type: fc.constant('with' as const), packet: fc.nat(20) }),
        fc.record({ type: fc.constant('without' as const), packet: fc.nat(20) }),
        fc.record({ type: fc.constant('alive' as const), node: fc.nat(2), horizon: fc.nat(20) }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(changes, (steps) => {
        const inFlight = createInFlight(3, lore);
        let set = 0;
        let twin = new Set<number>();
        for (const step of steps) {
          if (step.type === 'with') {
            set = inFlight.with(set, [step.packet]);
            twin.add(step.packet);
          } else if (step.type === 'without') {
            set = inFlight.without(set, step.packet);
            twin.delete(step.packet);
          } else {
            const { node, horizon } = step;
            set = inFlight.alive(set, node, horizon);
            twin = new Set([...twin].filter((packet) => packet % 3 !== node || packet >= horizon));
          }
          const members = [0, 1, 2].flatMap((node) => inFlight.to(set, node)).sort((a, b) => a - b);
          expect(members).toEqual([...twin].sort((a, b) => a - b));
        }
        expect(inFlight.with(0, [...twin])).toBe(set);
      }),
    );
  });
});

describe('equality of values', () => {
  it('is that of their content, and an absent property is an undefined one', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(sameValue(a, structuredClone(a))).toBe(true);
        // JSON has one zero, and so has a state.
        expect(sameValue(plain(a), plain(b))).toBe(sorted(a) === sorted(b));
      }),
    );
    expect(sameValue({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(sameValue({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(sameValue({ a: 1 }, { a: 1, b: null })).toBe(false);
  });

  it('looks into Lists and Maps', () => {
    expect(sameValue(List([{ a: 1 }]), List([{ a: 1 }]))).toBe(true);
    expect(sameValue(List([{ a: 1 }]), List([{ a: 2 }]))).toBe(false);
    expect(sameValue(List([1]), [1])).toBe(false);
    expect(sameValue(Dictionary([['x', { a: 1 }]]), Dictionary([['x', { a: 1 }]]))).toBe(true);
    expect(sameValue(Dictionary([['x', { a: 1 }]]), Dictionary([['y', { a: 1 }]]))).toBe(false);
  });

  it('decides which values share a number, whatever their hashes', () => {
    const intern = createIntern<{ readonly id: number; readonly note: string }>(({ id }) => ({ id }));
    expect(intern.numberOf({ id: 7, note: 'first' })).toBe(0);
    expect(intern.numberOf({ id: 8, note: 'other' })).toBe(1);
    expect(intern.numberOf({ id: 7, note: 'second' })).toBe(0);
    expect(intern.at(0).note).toBe('first');
  });
});

describe('bounds', () => {
  it('are exceeded by exactly what is beyond one of them', () => {
    const amount = fc.nat(7);
    const amounts = fc.record({
      campaigns: amount,
      changes: amount,
      reboots: amount,
      slowWrites: amount,
      hints: amount,
      repeats: amount,
      losses: amount,
      requests: amount,
    });
    fc.assert(
      fc.property(amounts, amounts, amounts, (bounds, before, more) => {
        const first = RESOURCES.find((resource) => before[resource] + more[resource] > bounds[resource]);
        const anything = RESOURCES.some((resource) => more[resource] > 0);
        expect(exceeded(packBounds(bounds), packBounds(before), packBounds(more))).toBe(anything ? first : undefined);
      }),
    );
    expect(used(spend('reboots', 3) + spend('repeats', 2), 'reboots')).toBe(3);
  });
});

function sortedKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => sortedKeys(inner));
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
