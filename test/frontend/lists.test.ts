import { describe, expect, test } from 'vitest';
import type { FrontEndEffect, HttpRequest } from '../../src/frontend/front-end-io.ts';
import { listText } from '../../src/frontend/list-text.ts';
import { accepted } from '../../src/protocol/model/app.ts';
import type { Reply } from '../../src/protocol/model/messages.ts';
import {
  callId,
  done,
  EPOCH_2,
  get,
  ledStage,
  replies,
  type Stage,
  unserved,
} from '../support/frontend/one-front-end.ts';

const rows = [{ eventid: 0 }, { eventid: 1 }, { eventid: 2 }];

/** The page that begins at `from`, of one row, at index 7. */
function page(id: string, from: number): Reply {
  const next = from + 1 < rows.length ? { next: from + 1 } : {};
  return { ...done(id, accepted(rows.slice(from, from + 1)), 7), ...next };
}

/** The call of the request that the last of `effects` sends, and where to. */
function asked(effects: readonly FrontEndEffect[]): { readonly to: string; readonly item: object } | undefined {
  const last = effects.at(-1);
  if (last?.type !== 'send' || last.message.type !== 'requests') return undefined;
  const [item] = last.message.items;
  return item && { to: last.to.node, item };
}

/** A list that is asked for on a connection of its own. */
function listFrom(id: number, source: string): HttpRequest {
  return { ...get(id, '/events'), connection: `${id}`, source };
}

/** Whether a list was asked for without a place: answered only where one page has the whole. */
function isWhole(call: ReturnType<typeof asked>): boolean {
  return JSON.stringify(call?.item).includes('"isWhole":true');
}

function textOf(effects: readonly FrontEndEffect[]): string {
  return effects.map((effect) => (effect.type === 'part' ? effect.text : '')).join('');
}

/** A list of which the first page was sent to the client. */
function begun(options: Parameters<typeof ledStage>[0] = {}): { readonly it: Stage; readonly first: string } {
  const it = ledStage(options);
  it.ask(get(1, '/events'));
  return { it, first: textOf(it.hear('s1', 'events', replies([page(callId(1), 0)]))) };
}

describe('A list of several pages (§10.7)', () => {
  test('is streamed: each page is asked for once the client has taken the one before, at the index of the first', () => {
    const { it, first } = begun();
    const second = asked(it.tell({ type: 'taken', id: 1 }));
    expect(second).toMatchObject({ to: 's1', item: { type: 'read', page: { from: 1, at: 7 } } });
    expect(it.tell({ type: 'taken', id: 1 })).toEqual([]);
    const middle = textOf(it.hear('s1', 'events', replies([page(`${callId(1)}.1`, 1)])));
    it.tell({ type: 'taken', id: 1 });
    const last = it.hear('s1', 'events', replies([page(`${callId(1)}.2`, 2)]));
    expect(last).toMatchObject([{ type: 'part', isLast: true }]);
    expect(JSON.parse(first + middle + textOf(last))).toEqual(rows);
    expect(it.frontEnd()).toMatchObject({ pending: { size: 0 }, lists: { size: 0 }, heldSize: 0 });
  });

  test('begins with the head of the answer, and its token', () => {
    const it = ledStage();
    it.ask(get(1, '/events'));
    expect(it.hear('s1', 'events', replies([page(callId(1), 0)]))).toMatchObject([
      { type: 'part', head: { status: 200, headers: { 'understudy-token': 'events=h:7' } }, isLast: false },
    ]);
  });

  test('is cut off where its version is gone, and where its page is of another index', () => {
    for (const wrong of [unserved(`${callId(1)}.1`, 'gone'), { ...page(`${callId(1)}.1`, 1), index: 8 }]) {
      const { it } = begun();
      it.tell({ type: 'taken', id: 1 });
      expect(it.hear('s1', 'events', replies([wrong]))).toEqual([{ type: 'abort', id: 1 }]);
      expect(it.frontEnd()).toMatchObject({ pending: { size: 0 }, heldSize: 0 });
    }
  });

  test('is cut off where its client takes nothing, and no page is asked for meanwhile', () => {
    const { it } = begun({ settings: { versionFor: 5_000 } });
    expect(it.wait(4_999)).toEqual([]);
    expect(it.wait(1)).toEqual([{ type: 'abort', id: 1 }]);
  });

  test('is read from the node that keeps its version, also after an election or a suspicion', () => {
    const { it } = begun();
    it.tell({ type: 'taken', id: 1 });
    it.tell({ type: 'suspected', nodeId: 's1' });
    it.tell({ type: 'led', group: 'events', primary: 's2', epoch: { counter: 2, nodeId: 's2' } });
    expect(asked(it.wait(1_000))).toMatchObject({ to: 's1', item: { page: { from: 1, at: 7 } } });
  });

  test('is taken from the node that keeps its version where that has lost its vote, or speaks in the epoch before', () => {
    for (const servers of [['s1', 's2'], ['s2']]) {
      const { it } = begun();
      it.tell({ type: 'taken', id: 1 });
      it.tell({ type: 'led', group: 'events', primary: 's2', epoch: EPOCH_2 });
      it.tell({ type: 'servers', group: 'events', servers });
      expect(it.frontEnd()).toMatchObject({ groupRoutes: { events: { primary: 's2', servers } } });
      expect(textOf(it.hear('s1', 'events', replies([page(`${callId(1)}.1`, 1)])))).toBe(',{"eventid":1}');
    }
  });

  test('is taken from no other node', () => {
    const { it } = begun();
    it.tell({ type: 'taken', id: 1 });
    expect(it.hear('s2', 'events', replies([page(`${callId(1)}.1`, 1)]))).toEqual([]);
    expect(it.hear('s2', 'events', replies([unserved(`${callId(1)}.1`, 'gone')]))).toEqual([]);
    expect(it.frontEnd()).toMatchObject({ pending: { size: 1 } });
  });

  test('waits for its turn beyond the bound, while one of a single page does not', () => {
    const { it } = begun({ settings: { listsAtMost: 1 } });
    expect(asked(it.ask(get(2, '/events')))).toMatchObject({ item: { page: { from: 0, isWhole: true } } });
    expect(it.hear('s1', 'events', replies([unserved(callId(2), 'busy')]))).toEqual([]);
    it.tell({ type: 'gone', id: 1 });
    expect(asked(it.wait(1_000))).toMatchObject({ item: { page: { from: 0 } } });
  });

  test('gives up its place to one that waits, that of the slowest client first, and of none that takes its pages', () => {
    const it = ledStage({ settings: { listsAtMost: 2 } });
    for (const id of [1, 2]) {
      it.ask(get(id, '/events'));
      it.hear('s1', 'events', replies([page(callId(id), 0)]));
      it.wait(500);
    }
    it.ask(get(3, '/events'), get(4, '/events'));
    it.hear('s1', 'events', replies([unserved(callId(3), 'busy'), unserved(callId(4), 'busy')]));
    const cutOff = [1, 2, 3, 4, 5, 6, 7, 8].map(() => it.wait(400).filter(({ type }) => type === 'abort'));
    expect(cutOff.flat()).toEqual([
      { type: 'abort', id: 1 },
      { type: 'abort', id: 2 },
    ]);
  });

  test('gives up its place to one that waits, where its client has taken each page just in time for too long in all', () => {
    const it = ledStage({ settings: { listsAtMost: 1 } });
    it.ask(get(1, '/events'));
    const heard = (from: number): void => {
      const id = from === 0 ? callId(1) : `${callId(1)}.${from}`;
      it.hear('s1', 'events', replies([Object.assign(page(id, 0), { next: from + 1 })]));
    };
    heard(0);
    let cutOffAt: number | undefined;
    for (let step = 1; step < 500 && cutOffAt === undefined; step += 1) {
      if (step === 100) {
        it.ask(get(2, '/events'));
        it.hear('s1', 'events', replies([unserved(callId(2), 'busy')]));
      }
      if (it.wait(100).some(({ type }) => type === 'abort')) cutOffAt = step * 100;
      else if (step % 29 === 0) {
        it.tell({ type: 'taken', id: 1 });
        heard(step / 29);
      }
    }
    expect(cutOffAt).toBeGreaterThanOrEqual(30_000);
    expect(cutOffAt).toBeLessThan(32_000);
    expect(it.frontEnd().lists.toArray()).toEqual([2]);
  });

  test('takes one place for each connection, whose answers go out one after another', () => {
    const it = ledStage();
    const pipelined = [1, 2].map((id) => ({ ...get(id, '/events'), connection: 'a', source: '192.0.2.1' }));
    expect(asked(it.ask(...pipelined.slice(0, 1)))).toMatchObject({ item: { page: { from: 0 } } });
    expect(isWhole(asked(it.ask(...pipelined.slice(1))))).toBe(true);
    expect(isWhole(asked(it.ask({ ...get(3, '/events'), connection: 'b', source: '192.0.2.1' })))).toBe(false);
    it.hear('s1', 'events', replies([unserved(callId(2), 'busy'), done(callId(1), accepted([]), 7)]));
    expect(isWhole(asked(it.wait(1_000)))).toBe(false);
  });

  test('leaves a quarter of the places to other sources, of those that the others have left', () => {
    const it = ledStage({ settings: { listsAtMost: 8 } });
    const places = (source: string, first: number): number =>
      Array.from({ length: 8 }, (_, place) => first + place).filter(
        (id) => !isWhole(asked(it.ask(listFrom(id, source)))),
      ).length;
    expect([places('192.0.2.1', 10), places('192.0.2.2', 20), places('192.0.2.3', 30)]).toEqual([6, 2, 0]);
  });

  test('gives a place of its own source to one that waits, where that source has its share', () => {
    const it = ledStage({ settings: { listsAtMost: 4 } });
    it.ask(listFrom(9, '192.0.2.2'));
    it.hear('s1', 'events', replies([page(callId(9), 0)]));
    it.wait(500);
    for (const id of [1, 2, 3]) {
      it.ask(listFrom(id, '192.0.2.1'));
      it.hear('s1', 'events', replies([page(callId(id), 0)]));
    }
    it.ask(listFrom(4, '192.0.2.1'));
    it.hear('s1', 'events', replies([unserved(callId(4), 'busy')]));
    const cutOff = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => it.wait(400).filter(({ type }) => type === 'abort'));
    expect(cutOff.flat()).toEqual([{ type: 'abort', id: 1 }]);
  });
});

test('Requests beyond the bytes that may be held are refused at once', () => {
  const it = ledStage({ settings: { heldSizeAtMost: 20 } });
  expect(it.ask(get(1, '/events'), get(2, '/events'), get(3, '/events'))).toMatchObject([
    { type: 'respond', id: 3, response: { status: 503 } },
    { type: 'send' },
  ]);
});

test.each([
  [[1, 2], '[', '1,2', ']'],
  [[], '[', '', ']'],
  [{ data: [1] }, '{"data":[', '1', ']}'],
  [{ a: 'b', data: [1], c: {} }, '{"a":"b","data":[', '1', '],"c":{}}'],
])('The body %j is taken apart around its list', (body, head, text, tail) => {
  expect(listText(body)).toEqual({ head, rows: text, tail });
});

test.each([undefined, null, 1, 'text', {}, { a: [], b: [] }])('The body %j has no one list', (body) => {
  expect(listText(body)).toBeUndefined();
});
