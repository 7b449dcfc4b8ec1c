import { describe, expect, test } from 'vitest';
import { accepted } from '../../src/protocol/model/app.ts';
import type { PlantedBug } from '../../src/protocol/model/mutants.ts';
import {
  changed,
  counts,
  filledStage,
  isSentOn,
  library,
  SHELF,
  shelfStage,
  told,
  watch,
} from '../support/frontend/caching-front-end.ts';
import {
  answered,
  callId,
  done,
  EPOCH_1,
  EPOCH_2,
  get,
  located,
  post,
  replies,
  sent,
  type Stage,
  stage,
} from '../support/frontend/one-front-end.ts';

const LINEARIZABLE = { 'understudy-read': 'linearizable' };
const SESSION = { 'understudy-read': 'session' };
const token = (index: number, history = 'h') => ({ 'understudy-token': `${SHELF}=${history}:${index}` });

describe('a cached read (§10.5)', () => {
  test('is read once and kept; the primary is asked at the same time to say what changes', () => {
    const it = shelfStage();
    expect(it.ask(get(1, '/books/emma'))).toEqual([watch(0), sent('s1', SHELF, [counts(1, 'emma')])]);
    expect(it.hear('s1', SHELF, replies([done(callId(1), accepted(7), 10)]))).toEqual([told(1, 7, 10, 'miss')]);
    expect(it.hear('s1', SHELF, changed(0, 12, [], { answering: 0 }))).toEqual([]);
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 12, 'hit')]);
  });

  test('is answered in the step that takes the request, by any path with the same key', () => {
    expect(filledStage().ask(get(2, '/also/emma'), get(3, '/books/emma', SESSION))).toEqual([
      told(2, 7, 10, 'hit'),
      told(3, 7, 10, 'hit'),
    ]);
  });

  test('goes past the cache where the client or the route wants it linearizable', () => {
    const it = filledStage();
    expect(it.ask(get(2, '/books/emma', LINEARIZABLE))).toEqual(isSentOn(2, 'emma', 10));
    expect(it.ask(get(3, '/fresh/emma'))).toEqual(isSentOn(3, 'emma', 10));
    expect(it.hear('s1', SHELF, replies([done(callId(2), accepted(7), 10)]))).toEqual([told(2, 7, 10)]);
  });

  test('is read again once the key has changed, and another is not', () => {
    const it = filledStage();
    it.hear('s1', SHELF, changed(10, 11, ['persuasion']));
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 11, 'hit')]);
    it.hear('s1', SHELF, changed(11, 12, ['emma']));
    expect(it.ask(get(3, '/books/emma'))).toEqual(isSentOn(3, 'emma', 10));
  });

  test('is read again once the primary cannot say what has changed', () => {
    const it = filledStage();
    it.hear('s1', SHELF, changed(10, 12, undefined));
    expect(it.ask(get(2, '/books/emma'))).toEqual(isSentOn(2, 'emma', 10));
  });

  test('that finds one half of what its route reads says so, and asks for the other half', () => {
    const it = filledStage();
    expect(it.ask(get(2, '/both/emma/persuasion'))).toEqual([
      sent('s1', SHELF, [counts(2, 'persuasion', 1, { historyId: 'h', index: 10 })], undefined, 10),
    ]);
    expect(it.hear('s1', SHELF, replies([done(callId(2, 1), accepted(3), 12)]))).toEqual([told(2, 3, 12, 'hit')]);
  });

  test('is never answered from a cache without room, which asks nobody to tell it anything', () => {
    const it = shelfStage({ cacheSize: 0 });
    expect(it.ask(get(1, '/books/emma'))).toEqual([sent('s1', SHELF, [counts(1, 'emma')])]);
    expect(it.hear('s1', SHELF, replies([done(callId(1), accepted(7), 10)]))).toEqual([told(1, 7, 10)]);
    expect(it.ask(get(2, '/books/emma'))).toEqual(isSentOn(2, 'emma', 10));
    expect(it.wakeAt()).toBe(1_000);
  });
});

describe('what a client has seen', () => {
  test('is never undercut: a token beyond what is known sends the read to the primary', () => {
    const it = filledStage();
    expect(it.ask(get(2, '/books/emma', token(11)))).toMatchObject([{ message: { type: 'requests' } }]);
    it.hear('s1', SHELF, changed(10, 11, ['persuasion']));
    expect(it.ask(get(3, '/books/emma', token(11)))).toEqual([told(3, 7, 11, 'hit')]);
  });

  test('in another history sends the read to a replica, which knows which of the two is over', () => {
    expect(filledStage().ask(get(2, '/books/emma', token(1, 'other')))).toMatchObject([
      { message: { type: 'requests', items: [{ token: { historyId: 'other', index: 1 } }] } },
    ]);
  });

  test('by way of this front end counts for everybody: what it has said of a later entry is not undercut', () => {
    const it = filledStage();
    it.ask(post(2, '/lend/emma', null));
    expect(it.hear('s1', SHELF, replies([done(callId(2), accepted(null), 11)]))).toHaveLength(1);
    expect(it.ask(get(3, '/books/emma'))).toEqual(isSentOn(3, 'emma', 11));
  });

  test('from the cache counts too: a session read is not behind it', () => {
    const it = filledStage();
    it.hear('s1', SHELF, changed(10, 15, []));
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 15, 'hit')]);
    expect(it.ask(get(3, '/fresh/emma', SESSION), get(4, '/books/persuasion', SESSION))).toMatchObject([
      {
        message: {
          items: [
            { mode: 'linearizable', token: undefined },
            { mode: 'session', token: { historyId: 'h', index: 15 } },
          ],
        },
      },
    ]);
  });
});

describe('news of changes', () => {
  test('after which an older outcome arrives: it is not kept (M33)', () => {
    const it = lateFill(new Set());
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'cache-late', group: SHELF } }]);
    expect(it.ask(get(3, '/books/emma'))).toEqual(isSentOn(3, 'emma', 10));
    expect(lateFill(new Set(['fills-cache-after-invalidation'])).ask(get(3, '/books/emma'))).toEqual([
      told(3, 7, 11, 'hit'),
    ]);
  });

  test('with some missing before it are not believed; what was missed is asked for at once, and once', () => {
    const it = filledStage();
    expect(it.hear('s1', SHELF, changed(12, 13, ['emma']))).toEqual([watch(10)]);
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'cache-gap', group: SHELF, through: 10, from: 12 } }]);
    expect(it.hear('s1', SHELF, changed(13, 14, []))).toEqual([]);
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 10, 'hit')]);
    it.hear('s1', SHELF, changed(10, 14, ['emma'], { answering: 0 }));
    expect(it.ask(get(3, '/books/emma'))).toEqual(isSentOn(3, 'emma', 10));
  });

  test('that come again, or late, change nothing', () => {
    const it = filledStage();
    it.hear('s1', SHELF, changed(10, 11, ['emma']));
    it.ask(get(2, '/books/emma'));
    it.hear('s1', SHELF, replies([done(callId(2), accepted(8), 11)]));
    it.hear('s1', SHELF, changed(10, 11, ['emma']));
    it.hear('s1', SHELF, changed(4, 9, undefined));
    expect(it.ask(get(3, '/books/emma'))).toEqual([told(3, 8, 11, 'hit')]);
  });

  test('that reach back beyond what is known do not drop what was read after them', () => {
    const it = filledStage();
    it.ask(get(2, '/books/persuasion'));
    it.hear('s1', SHELF, replies([done(callId(2), accepted(3), 14)]));
    it.hear('s1', SHELF, changed(8, 12, ['persuasion', 'emma']));
    expect(it.ask(get(3, '/books/persuasion'))).toEqual([told(3, 3, 14, 'hit')]);
    expect(it.ask(get(4, '/books/emma'))).toEqual(isSentOn(4, 'emma', 14));
  });

  test('from a deposed primary are ignored like all it says', () => {
    const it = filledStage();
    it.hear('s2', SHELF, located('s2', EPOCH_2));
    it.hear('s1', SHELF, changed(10, 11, ['emma'], { answering: 0 }));
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'ignores-lower-epoch', group: SHELF, epoch: EPOCH_1 } }]);
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 10, 'hit')]);
  });

  test('of another history drop everything: an index of one means nothing in the other', () => {
    const it = filledStage();
    it.hear('s1', SHELF, changed(0, 3, [], { historyId: 'forced' }));
    expect(it.ask(get(2, '/books/emma'))).toMatchObject([{ message: { type: 'requests' } }]);
    expect(it.frontEnd().cache.items.size).toBe(0);
  });

  test('meant for an earlier process of this node mean nothing to one that has asked for nothing', () => {
    const it = shelfStage();
    expect(it.hear('s1', SHELF, changed(3, 9, ['emma'], { answering: -5_000 }))).toEqual([]);
    expect(it.wakeAt()).toBeUndefined();
  });

  test('an answer to an earlier process is news, but confirms nothing', () => {
    const it = shelfStage();
    it.ask(get(1, '/books/emma'));
    it.hear('s1', SHELF, replies([done(callId(1), accepted(7), 10)]));
    it.hear('s1', SHELF, changed(0, 10, [], { answering: 0, name: 2 }));
    expect(it.ask(get(2, '/books/emma'))).toEqual(isSentOn(2, 'emma', 10));
  });
});

describe('confirmation', () => {
  test('is asked for every watchEvery while something is kept, and used for cacheFor from when it was asked', () => {
    const it = filledStage('emma', 7, 10, { watchEvery: 300, cacheFor: 1_000 });
    expect(it.wakeAt()).toBe(300);
    expect(it.wait(300)).toEqual([watch(10, 300)]);
    it.hear('s1', SHELF, changed(10, 11, [], { answering: 300 }));
    it.wait(1_000);
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 11, 'hit')]);
    it.wait(1);
    expect(it.ask(get(3, '/books/emma'))).toMatchObject([{ message: { type: 'requests' } }]);
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'cache-unconfirmed', group: SHELF } }]);
  });

  test('counts from when it was asked for, however long the answer took', () => {
    const it = shelfStage({ cacheFor: 1_000, watchEvery: 500 });
    it.ask(get(1, '/books/emma'));
    it.hear('s1', SHELF, replies([done(callId(1), accepted(7), 10)]));
    it.wait(900);
    it.hear('s1', SHELF, changed(0, 10, [], { answering: 0 }));
    it.wait(100);
    expect(it.ask(get(2, '/books/emma'))).toEqual([told(2, 7, 10, 'hit')]);
    it.wait(1);
    expect(it.ask(get(3, '/books/emma'))).toEqual(isSentOn(3, 'emma', 10));
  });

  test('news alone do not confirm: a primary that was voted out may still send some', () => {
    const it = filledStage('emma', 7, 10, { cacheFor: 1_000 });
    it.wait(1_001);
    it.hear('s1', SHELF, changed(10, 11, []));
    expect(it.ask(get(2, '/books/emma'))).toMatchObject([{ message: { type: 'requests' } }]);
  });

  test('is asked of the next primary at once, and again of the same one in its next reign', () => {
    const it = filledStage();
    expect(it.tell({ type: 'led', group: SHELF, primary: 's2', epoch: EPOCH_2 })).toEqual([watch(10, 0, 1, 's2')]);
    const third = { counter: 3, nodeId: 's2' };
    expect(it.tell({ type: 'led', group: SHELF, primary: 's2', epoch: third })).toEqual([watch(10, 0, 1, 's2')]);
  });

  test('is asked for no more once nothing is kept, nor by a process that is about to end', () => {
    const it = filledStage();
    it.hear('s1', SHELF, changed(10, 11, ['emma']));
    expect(it.wakeAt()).toBeUndefined();
    const ending = filledStage();
    ending.tell({ type: 'drain' });
    expect(ending.wakeAt()).toBeUndefined();
  });

  test('nobody is asked, and nobody woken, for a service without cached routes', () => {
    const it = stage({ startsAt: -1_000 });
    it.tell({ type: 'led', group: 'events', primary: 's1', epoch: EPOCH_1 });
    it.tell({ type: 'led', group: 'users', primary: 's1', epoch: EPOCH_1 });
    it.ask(get(1, '/events'));
    it.hear('s1', 'events', replies([done(callId(1), accepted([]), 1)]));
    expect(it.wakeAt()).toBeUndefined();
    expect(it.frontEnd().watches).toEqual({});
  });
});

describe('room and order', () => {
  test('the least recently used goes first; the routes see what is kept in the order of use, and the counts', () => {
    const it = filledStage('a', 1, 10, { cacheSize: 2 });
    const fill = (id: number, key: string) => {
      it.ask(get(id, `/books/${key}`));
      it.hear('s1', SHELF, replies([done(callId(id), accepted(id), 10)]));
    };
    fill(2, 'b');
    expect(it.ask(get(3, '/books/a'))).toEqual([told(3, 1, 10, 'hit')]);
    fill(4, 'c');
    const body = { leader: 's1', keys: ['c', 'a'], size: 2, hits: 1, misses: 3, evictions: 1, invalidations: 0 };
    expect(it.ask(get(5, '/cache'))).toEqual([answered(5, 200, body)]);
  });

  test('a route drops one key, or all, and learns how many items that were', () => {
    const it = filledStage();
    expect(it.ask(get(2, '/forget?book=persuasion'))).toEqual([answered(2, 200, 0)]);
    expect(it.ask(get(3, '/forget?book=emma'))).toEqual([answered(3, 200, 1)]);
    expect(it.ask(get(4, '/books/emma'))).toEqual(isSentOn(4, 'emma', 10));
    expect(filledStage().ask(get(5, '/forget'))).toEqual([answered(5, 200, 1)]);
  });

  test('a data server that is asked itself keeps answers as well', () => {
    const servers = { [SHELF]: ['s1', 's2', 's3'] };
    const it = stage({ service: library, place: { node: 's2', hasReplicas: true, servers } });
    it.tell({ type: 'led', group: SHELF, primary: 's1', epoch: EPOCH_1 });
    expect(it.ask(get(1, '/books/emma', SESSION))).toMatchObject([
      { to: { node: 's1' }, message: { type: 'watch' } },
      { to: { node: 's2' }, message: { type: 'requests' } },
    ]);
    it.hear('s2', SHELF, replies([done(callId(1), accepted(7), 10)]));
    it.hear('s1', SHELF, changed(0, 10, [], { answering: 0 }));
    expect(it.ask(get(2, '/books/emma', SESSION))).toEqual([told(2, 7, 10, 'hit')]);
  });
});

/** Emma is asked for, changes, and only then comes what she was. */
function lateFill(planted: ReadonlySet<PlantedBug>): Stage {
  const it = filledStage('persuasion', 1, 10, {}, planted);
  it.ask(get(2, '/books/emma'));
  it.hear('s1', SHELF, changed(10, 11, ['emma']));
  expect(it.hear('s1', SHELF, replies([done(callId(2), accepted(7), 10)]))).toEqual([told(2, 7, 10, 'miss')]);
  return it;
}
