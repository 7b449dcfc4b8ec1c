import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { change, EMPTY_CACHE, extentOf, fill, forget, look } from '../../src/frontend/cache.ts';
import { accepted } from '../../src/protocol/model/app.ts';

const GROUP = 'shelf';
const KEYS = ['a', 'b', 'c'];

/** The key that each entry changes, by index from 1 on; undefined for one that changes none. */
type Log = readonly (string | undefined)[];

/** Places are said from where the cache knows what has changed: that is where it matters. */
type Move =
  | { readonly type: 'fill'; readonly key: string; readonly ahead: number }
  | { readonly type: 'look'; readonly key: string; readonly ahead: number; readonly age: number }
  /** `all`: it is not said which keys. `extra`: one more than need be. */
  | {
      readonly type: 'change';
      readonly ahead: number;
      readonly length: number;
      readonly all: boolean;
      readonly extra: string | undefined;
      readonly askedAgo: number | undefined;
    }
  | { readonly type: 'forget'; readonly key: string | undefined }
  | { readonly type: 'history' };

const anyKey = fc.constantFrom(...KEYS);
const maybeKey = fc.option(anyKey, { nil: undefined });
const log: fc.Arbitrary<Log> = fc.array(fc.option(anyKey, { nil: undefined, freq: 2 }), {
  minLength: 40,
  maxLength: 40,
});
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant('fill' as const), key: anyKey, ahead: fc.integer({ min: -2, max: 2 }) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('look' as const),
      key: anyKey,
      ahead: fc.integer({ min: -9, max: 1 }),
      age: fc.nat({ max: 20 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('change' as const),
      ahead: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: -3, max: 1 })),
      length: fc.nat({ max: 4 }),
      all: fc.nat({ max: 9 }).map((chance) => chance === 0),
      extra: fc.option(anyKey, { nil: undefined, freq: 1 }),
      askedAgo: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('forget' as const), key: maybeKey }) },
  { weight: 1, arbitrary: fc.constant({ type: 'history' as const }) },
);

/** What a read of `key` says at `index`: how often it has been changed by then, in which history. */
function valueAt(entries: Log, key: string, index: number, history: string) {
  return accepted(`${history} ${entries.slice(0, index).filter((changed) => changed === key).length}`);
}

/**
 * The same cache with all its past and none of its shortcuts: items in a plain list, and every change it was ever told of. How
 * far it knows is worked out anew each time.
 */
class Twin {
  items: { key: string; index: number; value: unknown }[] = [];
  known: { from: number; to: number; sentAt: number | undefined }[] = [];
  counts = { hits: 0, misses: 0, evictions: 0, invalidations: 0 };
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  get through(): number {
    return Math.max(0, ...this.known.map(({ to }) => to));
  }

  fill(key: string, index: number, value: unknown): void {
    if (this.items.length === 0) this.known.push({ from: 0, to: Math.max(this.through, index), sentAt: undefined });
    const older = this.items.find((item) => item.key === key);
    if (index < this.through || (older !== undefined && older.index >= index)) return;
    this.items = [...this.items.filter((item) => item.key !== key), { key, index, value }];
    if (this.items.length <= this.size) return;
    this.items.shift();
    this.counts.evictions += 1;
  }

  change(from: number, to: number, keys: readonly string[] | undefined, sentAt: number | undefined): void {
    if (from > this.through && this.items.length > 0) return;
    const stays = ({ key, index }: { key: string; index: number }) =>
      to <= this.through || index >= to || (keys !== undefined && !keys.includes(key));
    const staying = this.items.filter(stays);
    this.counts.invalidations += this.items.length - staying.length;
    this.items = staying;
    this.known.push({ from, to, sentAt });
  }

  look(key: string, seen: number, since: number): { value: unknown; index: number } | undefined {
    const item = this.items.find((one) => one.key === key);
    const index = Math.max(item?.index ?? 0, this.through);
    const isConfirmed = this.known.some(({ sentAt }) => sentAt !== undefined && sentAt >= since);
    if (item === undefined || index < seen || !isConfirmed) {
      this.counts.misses += 1;
      return undefined;
    }
    this.counts.hits += 1;
    this.items = [...this.items.filter((one) => one !== item), item];
    return { value: item.value, index };
  }

  forget(key: string | undefined): number {
    const before = this.items.length;
    this.items = this.items.filter((item) => key !== undefined && item.key !== key);
    return before - this.items.length;
  }

  begin(): void {
    this.counts.invalidations += this.items.length;
    this.items = [];
    this.known = [];
  }
}

test('whatever comes in which order, a hit is what the log says there, and the cache is what its dumb twin is (§10.5)', () => {
  let hits = 0;
  fc.assert(
    fc.property(
      log,
      fc.integer({ min: 1, max: 3 }),
      fc.array(move, { minLength: 20, maxLength: 60, size: 'max' }),
      (entries, size, moves) => {
        const twin = new Twin(size);
        const placed = (ahead: number) => Math.max(0, Math.min(entries.length, twin.through + ahead));
        let cache = EMPTY_CACHE;
        let history = 'h0';
        moves.forEach((made, now) => {
          switch (made.type) {
            case 'fill': {
              const at = placed(made.ahead);
              const outcome = valueAt(entries, made.key, at, history);
              [cache] = fill(cache, size, { group: GROUP, key: made.key, outcome, index: at }, history);
              twin.fill(made.key, at, outcome);
              break;
            }
            case 'change': {
              const from = placed(made.ahead);
              const to = Math.min(from + made.length, entries.length);
              const touched = entries.slice(from, to).filter((changed) => changed !== undefined);
              const keys = made.all ? undefined : [...touched, ...(made.extra === undefined ? [] : [made.extra])];
              const askedAt = made.askedAgo === undefined ? undefined : now - made.askedAgo;
              [cache] = change(cache, GROUP, { historyId: history, from, to, keys, askedAt });
              twin.change(from, to, keys, askedAt);
              break;
            }
            case 'look': {
              const seen = placed(made.ahead);
              const token = { historyId: history, index: seen };
              const demand = { seen: [undefined, token], confirmedSince: now - made.age };
              const [next, found] = look(cache, GROUP, made.key, demand);
              const expected = twin.look(made.key, seen, now - made.age);
              cache = next;
              expect(
                found.type === 'hit' ? { value: found.item.outcome, index: found.token.index } : undefined,
              ).toEqual(expected);
              if (found.type === 'miss') break;
              hits += 1;
              expect(found.token.index).toBeGreaterThanOrEqual(seen);
              expect(found.item.outcome).toEqual(valueAt(entries, made.key, found.token.index, history));
              break;
            }
            case 'forget': {
              const [next, forgotten] = forget(cache, made.key);
              cache = next;
              expect(forgotten).toBe(twin.forget(made.key));
              break;
            }
            case 'history': {
              history = `h${now + 1}`;
              [cache] = change(cache, GROUP, { historyId: history, from: 0, to: 0, keys: [], askedAt: undefined });
              twin.begin();
              break;
            }
          }
          const { items, hits: asHits, misses, evictions, invalidations } = cache;
          expect([...items.values()].map((item) => item.key)).toEqual(twin.items.map((item) => item.key));
          expect({ hits: asHits, misses, evictions, invalidations }).toEqual(twin.counts);
          expect(extentOf(cache, GROUP)).toMatchObject({ through: twin.through, kept: items.size });
          expect(items.size).toBeLessThanOrEqual(size);
        });
      },
    ),
    { numRuns: 400 },
  );
  expect(hits).toBeGreaterThan(500);
});

test('groups do not know of each other, though their keys are the same', () => {
  const [one] = fill(EMPTY_CACHE, 8, itemOf('x', 5), 'hx');
  const [both] = fill(one, 8, itemOf('y', 3), 'hy');
  const [after] = change(both, 'x', { historyId: 'hx', from: 5, to: 6, keys: ['a'], askedAt: undefined });
  expect([...after.items.values()]).toEqual([itemOf('y', 3)]);
  const [, forgotten] = forget(both, 'a');
  expect(forgotten).toBe(2);
});

test('a key that is named twice is dropped once', () => {
  const item = { group: GROUP, key: 'a', outcome: accepted(1), index: 1 };
  const [cache] = fill(EMPTY_CACHE, 8, item, 'h');
  const [after] = change(cache, GROUP, { historyId: 'h', from: 1, to: 2, keys: ['a', 'a'], askedAt: undefined });
  expect([after.invalidations, extentOf(after, GROUP).kept]).toEqual([1, 0]);
});

function itemOf(group: string, index: number) {
  return { group, key: 'a', outcome: accepted(index), index };
}
