import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DiskOperation, Effect, FreeEffect } from '../../src/protocol/model/effects.ts';
import { type Action, EMPTY_OUTBOX, type Outbox, post, written } from '../../src/protocol/outbox.ts';

// A step's effects, or the disk saying that it is done. Operations and free effects are numbered in the order of effects.

type Beat = { readonly type: 'post'; readonly effects: readonly Shape[] } | { readonly type: 'written' };
type Shape = 'free' | { readonly operations: number; readonly waiting: number };

const beats: fc.Arbitrary<Beat[]> = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('post' as const),
        effects: fc.array(
          fc.oneof(
            fc.constant('free' as const),
            fc.record({ operations: fc.nat({ max: 2 }), waiting: fc.nat({ max: 2 }) }),
          ),
          { maxLength: 4 },
        ),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ type: 'written' as const }) },
  ),
  { maxLength: 30 },
);

/** What a free effect waits for: the number of operations that were handed out before it, its own included. */
interface Promised {
  readonly after: number;
  readonly waits: boolean;
}

interface Play {
  readonly effects: readonly (readonly Effect[])[];
  /** By number of the free effect. */
  readonly promised: readonly Promised[];
}

function script(all: readonly Beat[]): Play {
  const promised: Promised[] = [];
  let operations = 0;
  const free = (waits: boolean): FreeEffect => {
    promised.push({ after: operations, waits });
    return { type: 'note', note: { type: 'asks-election', round: promised.length - 1 } };
  };
  const effects = all.map((beat) =>
    beat.type === 'written'
      ? []
      : beat.effects.map((shape): Effect => {
          if (shape === 'free') return free(false);
          const ops = Array.from({ length: shape.operations }, (): DiskOperation => {
            operations += 1;
            return { type: 'compact', through: operations };
          });
          const then = Array.from({ length: shape.waiting }, () => free(true));

          return { type: 'persist', operations: ops, then };
        }),
  );
  return { effects, promised };
}

function numberOf(action: FreeEffect): number {
  return action.type === 'note' && action.note.type === 'asks-election' ? action.note.round : -1;
}

function lastOf(operations: readonly DiskOperation[]): number {
  const last = operations.at(-1);
  return last?.type === 'compact' ? last.through : 0;
}

/** One operation, and one effect that waits for it. */
function persist(through: number): Effect {
  const then: FreeEffect[] = [{ type: 'note', note: { type: 'asks-election', round: through } }];
  return { type: 'persist', operations: [{ type: 'compact', through }], then };
}

/** Plays the beats against an outbox, and tells `see` of each action and of how many operations are durable by then. */
function perform(all: readonly Beat[], see: (action: Action, durable: number) => void): void {
  const { effects } = script(all);
  let outbox: Outbox = EMPTY_OUTBOX;
  let durable = 0;
  let writing: number | undefined;
  const take = ([next, actions]: readonly [Outbox, readonly Action[]]): void => {
    outbox = next;
    for (const action of actions) {
      see(action, durable);
      if (action.type === 'write') writing = lastOf(action.operations);
    }
  };
  const sync = (): void => {
    if (writing === undefined) return;
    durable = writing;
    writing = undefined;
    take(written(outbox));
  };
  for (const [place, beat] of all.entries()) {
    if (beat.type === 'written') sync();
    else take(post(outbox, effects[place] ?? []));
  }
  while (writing !== undefined) sync();
  expect(outbox).toEqual(EMPTY_OUTBOX);
}

describe('The outbox', () => {
  test('Nothing that waits happens before every operation handed out before it is durable', () => {
    fc.assert(
      fc.property(beats, (all) => {
        const { promised } = script(all);
        perform(all, (action, durable) => {
          if (action.type === 'write') return;
          const known = promised[numberOf(action)];
          if (known?.waits === true) expect(durable).toBeGreaterThanOrEqual(known.after);
        });
      }),
    );
  });

  test('What does not wait happens in its own step, whatever the disk does', () => {
    fc.assert(
      fc.property(beats, (all) => {
        const { effects } = script(all);
        let outbox: Outbox = EMPTY_OUTBOX;
        for (const step of effects) {
          const [next, actions] = post(outbox, step);
          outbox = next;
          for (const effect of step) if (effect.type !== 'persist') expect(actions).toContainEqual(effect);
        }
      }),
    );
  });

  test('Everything happens once; what waits keeps its order, and so does what does not', () => {
    fc.assert(
      fc.property(beats, (all) => {
        const { promised } = script(all);
        const seen: number[] = [];
        perform(all, (action) => {
          if (action.type !== 'write') seen.push(numberOf(action));
        });
        for (const waits of [true, false]) {
          const expected = promised.flatMap((known, number) => (known.waits === waits ? [number] : []));
          expect(seen.filter((number) => promised[number]?.waits === waits)).toEqual(expected);
        }
      }),
    );
  });

  test('Operations reach the disk once and in order, one write at a time, together what came while it was busy', () => {
    fc.assert(
      fc.property(beats, (all) => {
        const operations: number[] = [];
        perform(all, (action, durable) => {
          if (action.type !== 'write') return;
          expect(action.operations.length).toBeGreaterThan(0);
          expect(durable).toBe(operations.length);
          operations.push(...action.operations.map((operation) => lastOf([operation])));
        });
        expect(operations).toEqual(operations.map((_, place) => place + 1));
      }),
    );
  });

  test('Persists that come while the disk is busy become one write', () => {
    let [outbox, actions] = post(EMPTY_OUTBOX, [persist(1)]);
    expect(actions).toEqual([{ type: 'write', operations: [{ type: 'compact', through: 1 }] }]);
    [outbox, actions] = post(outbox, [persist(2), persist(3)]);
    expect(actions).toEqual([]);
    [outbox, actions] = written(outbox);
    expect(actions).toEqual([
      { type: 'note', note: { type: 'asks-election', round: 1 } },
      { type: 'write', operations: [2, 3].map((through) => ({ type: 'compact', through })) },
    ]);
    [outbox, actions] = written(outbox);
    expect(actions).toEqual([2, 3].map((round) => ({ type: 'note', note: { type: 'asks-election', round } })));
    expect(outbox).toEqual(EMPTY_OUTBOX);
  });

  test('A disk that says it is done when nothing was handed out is our bug', () => {
    expect(() => written(EMPTY_OUTBOX)).toThrow('only a write under way becomes durable');
  });
});
