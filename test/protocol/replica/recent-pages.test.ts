import { describe, expect, test, vi } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import type { Page } from '../../../src/protocol/model/listed.ts';
import { type RecentPage, withPage } from '../../../src/protocol/replica/recent-pages.ts';
import { counter } from '../../support/protocol/counter.ts';
import { acknowledged, Actor, servingPrimary } from '../../support/protocol/one-replica.ts';
import { adding, cast } from '../../support/protocol/replica-script.ts';

const STATE = { rows: 3 };
const QUERY = { type: 'list' };

function pageOf(size: number): Page {
  return { outcome: { type: 'accepted', value: size }, size, next: undefined };
}

describe('A page that was made a moment ago', () => {
  test('is the same object again for an equal query of the same state and place, and for no other', () => {
    const [first, recent] = withPage([], { state: STATE, query: QUERY, from: 0 }, () => pageOf(20_000));
    const make = vi.fn(() => pageOf(30_000));
    expect(withPage(recent, { state: STATE, query: { type: 'list' }, from: 0 }, make)).toEqual([first, recent]);
    expect(make).not.toHaveBeenCalled();
    for (const other of [{ state: { rows: 3 } }, { query: { type: 'lists' } }, { from: 1 }]) {
      expect(withPage(recent, { state: STATE, query: QUERY, from: 0, ...other }, make)[0].size).toBe(30_000);
    }
  });

  test('is kept where it is long, with fifteen others at most, and what was kept before is left as it was', () => {
    expect(withPage([], { state: STATE, query: QUERY, from: 0 }, () => pageOf(10))[1]).toEqual([]);
    let recent: readonly RecentPage[] = [];
    for (let from = 0; from < 20; from += 1) {
      const before = Object.freeze([...recent]);
      [, recent] = withPage(before, { state: STATE, query: QUERY, from }, () => pageOf(20_000));
    }
    expect(recent.map(({ from }) => from)).toEqual(Array.from({ length: 16 }, (_, place) => place + 4));
  });

  test('goes with its state, which is not held in memory for its sake', () => {
    const app: App = {
      ...counter,
      decodeQuery: () => ({ type: 'decoded', value: 'rows' }),
      answer: () => ({ type: 'listed', size: 60, row: (place) => `${place} ${'x'.repeat(1_000)}` }),
    };
    const settings = { pageSizeAtMost: 40_000, versionFor: 300 };
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 3, B: 2, C: 1 }), app, settings }), 'B', 'C');
    a.asked({
      type: 'read',
      id: 'p',
      query: 'rows',
      mode: 'session',
      token: undefined,
      page: { from: 0, at: undefined },
    });
    expect(a.replica.pages).toHaveLength(1);
    acknowledged(a.asked(adding('x', 5)).syncs(), 'B', 'C');
    expect(a.replica).toMatchObject({ versions: [{}], pages: [{}] });
    a.later(300).wakes();
    expect(a.replica).toMatchObject({ versions: [], pages: [] });
  });
});
