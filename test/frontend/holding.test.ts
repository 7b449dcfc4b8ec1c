import { describe, expect, test } from 'vitest';
import { accepted } from '../../src/protocol/model/app.ts';
import type { Request } from '../../src/protocol/model/messages.ts';
import {
  answered,
  callId,
  done,
  EPOCH_1,
  EPOCH_2,
  get,
  ledStage,
  located,
  locates,
  post,
  relayed,
  replies,
  sent,
  stage,
  unserved,
  uuid7,
} from '../support/frontend/one-front-end.ts';

const createAnn = { type: 'create', username: 'ann' };

function writeOf(id: number, command: Extract<Request, { type: 'write' }>['command'] = createAnn): Request {
  return { type: 'write', id: callId(id), uuid: uuid7(id), issuedAt: 1_700_000_000_000, command };
}

function askAnn(id: number) {
  return post(id, '/users/create', { username: 'ann' });
}

const userZero = (id: number, index = 1) => replies([done(callId(id), accepted({ userid: 0 }), index)]);

describe('a front end that knows no primary (§10.3)', () => {
  test('asks all servers at once who leads, and again after locateEvery', () => {
    const it = stage();
    expect(it.wakeAt()).toBe(0);
    expect(it.wait(0)).toEqual([...locates('events'), ...locates('users')]);
    expect(it.wakeAt()).toBe(50);
    expect(it.wait(49)).toEqual([]);
    expect(it.wait(1)).toEqual([...locates('events'), ...locates('users')]);
  });

  test('holds writes, and sends all of them in one message once a primary is located', () => {
    const it = stage();
    it.wait(0);
    expect(it.ask(askAnn(1), askAnn(2))).toEqual([]);
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'holds', group: 'users', held: 2 } }]);
    expect(it.hear('s3', 'users', located(undefined))).toEqual([]);
    expect(it.hear('s2', 'users', located('s1'))).toEqual([sent('s1', 'users', [writeOf(1), writeOf(2)])]);
    expect(it.notes()).toEqual([
      { type: 'note', note: { type: 'follows', group: 'users', primary: 's1', epoch: EPOCH_1 } },
    ]);
    expect(it.hear('s1', 'users', userZero(2))).toEqual([
      answered(2, 200, { userid: 0 }, { 'understudy-token': 'users=h:1', 'understudy-uuid': uuid7(2) }),
    ]);
  });

  test('sends what it held in batches of batchAtMost', () => {
    const it = stage({ settings: { batchAtMost: 2 } });
    it.ask(askAnn(1), askAnn(2), askAnn(3));
    expect(it.tell({ type: 'led', group: 'users', primary: 's1', epoch: EPOCH_1 })).toEqual([
      sent('s1', 'users', [writeOf(1), writeOf(2)]),
      sent('s1', 'users', [writeOf(3)]),
    ]);
  });

  test('stops asking for the primary of a group once it knows it', () => {
    const it = ledStage();
    expect(it.wakeAt()).toBeUndefined();
  });
});

describe('a write that gets no answer', () => {
  test('is sent again after retryAfter under the same uuid, and all servers are asked who leads', () => {
    const it = ledStage();
    expect(it.ask(askAnn(1))).toEqual([sent('s1', 'users', [writeOf(1)])]);
    expect(it.wakeAt()).toBe(1_000);
    expect(it.wait(999)).toEqual([]);
    expect(it.wait(1)).toEqual([...locates('users'), sent('s1', 'users', [writeOf(1)])]);
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'retries', group: 'users', uuid: uuid7(1), to: 's1' } }]);
  });

  test('is sent again alone: requests sent later wait for their own time', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.wait(400);
    it.ask(askAnn(2));
    expect(it.wait(600)).toEqual([...locates('users'), sent('s1', 'users', [writeOf(1)])]);
    expect(it.wakeAt()).toBe(1_400);
  });

  test('goes to the next primary as soon as that is known, under the same uuid', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    expect(it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 })).toEqual([
      sent('s2', 'users', [writeOf(1)], EPOCH_2),
    ]);
  });

  test('goes nowhere while the primary is suspected, until the next one is known', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    expect(it.tell({ type: 'suspected', nodeId: 's1' })).toEqual([...locates('events'), ...locates('users')]);
    expect(it.ask(askAnn(2))).toEqual([]);
    expect(it.hear('s3', 'users', located(undefined, EPOCH_1))).toEqual([]);
    expect(it.hear('s3', 'users', located('s2', EPOCH_2))).toEqual([
      sent('s2', 'users', [writeOf(1), writeOf(2)], EPOCH_2),
    ]);
  });

  test('goes by way of a server that hears the primary, until that answers or another one is known', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.tell({ type: 'suspected', nodeId: 's1' });
    expect(it.hear('s3', 'users', located('s1', EPOCH_1))).toEqual([relayed('s3', 'users', [writeOf(1)])]);
    expect(it.notes()).toContainEqual({
      type: 'note',
      note: { type: 'bridges', group: 'users', primary: 's1', via: 's3' },
    });
    expect(it.hear('s2', 'users', located('s1', EPOCH_1))).toEqual([]);
    expect(it.ask(askAnn(2))).toEqual([relayed('s3', 'users', [writeOf(2)])]);
    expect(it.hear('s1', 'users', located('s1', EPOCH_1))).toEqual([
      sent('s1', 'users', [writeOf(1), writeOf(2)], EPOCH_1),
    ]);
    expect(it.ask(askAnn(3))).toEqual([sent('s1', 'users', [writeOf(3)])]);
  });

  test('is sent again to the server that was to forward it, once that leads itself', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.tell({ type: 'suspected', nodeId: 's1' });
    expect(it.hear('s2', 'users', located('s1', EPOCH_1))).toEqual([relayed('s2', 'users', [writeOf(1)])]);
    expect(it.hear('s2', 'users', located('s2', EPOCH_2))).toEqual([sent('s2', 'users', [writeOf(1)], EPOCH_2)]);
    expect(it.hear('s3', 'users', located('s2', EPOCH_2))).toEqual([]);
  });

  test('goes back to a primary that was suspected falsely, once that says itself that it leads', () => {
    const it = ledStage();
    it.tell({ type: 'suspected', nodeId: 's1' });
    it.ask(askAnn(1));
    expect(it.hear('s1', 'users', located('s1', EPOCH_1))).toEqual([sent('s1', 'users', [writeOf(1)])]);
  });

  test('is given up after holdFor: 503, the outcome is unknown, and the uuid to ask again with', () => {
    const it = ledStage({ settings: { holdFor: 2_500 } });
    it.ask(askAnn(1));
    it.wait(1_000);
    it.wait(1_000);
    expect(it.wakeAt()).toBe(2_500);
    expect(it.wait(500)).toEqual([
      answered(
        1,
        503,
        {
          error: 'no answer in time: the outcome is unknown; send it again with this idempotency-key',
          uuid: uuid7(1),
        },
        { 'understudy-uuid': uuid7(1), 'retry-after': '1' },
      ),
    ]);
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'gives-up', group: 'users', uuid: uuid7(1) } }]);
    expect(it.hear('s1', 'users', userZero(1))).toEqual([]);
  });

  test('is given up in time though nobody ever led', () => {
    const it = stage({ settings: { holdFor: 100, locateEvery: 1_000 } });
    it.wait(0);
    it.ask(askAnn(1), get(2, '/events'));
    expect(it.wakeAt()).toBe(100);
    expect(it.wait(100).map((effect) => (effect.type === 'respond' ? effect.response.status : effect.type))).toEqual([
      503, 503,
    ]);
  });

  test('is forgotten when its client hangs up', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.tell({ type: 'gone', id: 1 });
    expect(it.wakeAt()).toBeUndefined();
    expect(it.hear('s1', 'users', userZero(1))).toEqual([]);
  });

  test('M30: gets a new uuid, when that bug is planted', () => {
    const it = ledStage({ planted: new Set(['retries-under-new-uuid']) });
    expect(it.ask(askAnn(1))).toEqual([sent('s1', 'users', [writeOf(1)])]);
    const again = { ...writeOf(1), uuid: uuid7(2) };
    expect(it.wait(1_000)).toEqual([...locates('users'), sent('s1', 'users', [again])]);
  });
});

describe('a read that gets no answer', () => {
  test('is given up after holdFor without a uuid', () => {
    const it = ledStage({ settings: { holdFor: 500 } });
    it.ask(get(1, '/events'));
    expect(it.wait(500)).toEqual([answered(1, 503, { error: 'no answer in time' }, { 'retry-after': '1' })]);
  });
});

describe('an answer that is no outcome', () => {
  test('not-primary: the request waits until a primary is known', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    const refusal = replies([unserved(callId(1), 'not-primary')], { primary: undefined });
    expect(it.hear('s1', 'users', refusal)).toEqual(locates('users'));
    expect(it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 })).toEqual([
      sent('s2', 'users', [writeOf(1)], EPOCH_2),
    ]);
  });

  test('not-primary, and who is: the request goes there at once', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    const hint = replies([unserved(callId(1), 'not-primary')], { primary: 's2', epoch: EPOCH_2 });
    expect(it.hear('s1', 'users', hint)).toEqual([sent('s2', 'users', [writeOf(1)], EPOCH_2)]);
  });

  test('not-primary, from a primary unsure of its quorum: the request is sent again a little later', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    expect(it.hear('s1', 'users', replies([unserved(callId(1), 'not-primary')]))).toEqual([]);
    expect(it.wakeAt()).toBe(50);
    expect(it.wait(50)).toEqual([sent('s1', 'users', [writeOf(1)])]);
  });

  test('busy: the request backs off, each time for twice as long', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.hear('s1', 'users', replies([unserved(callId(1), 'busy')]));
    expect(it.wakeAt()).toBe(50);
    expect(it.wait(50)).toEqual([sent('s1', 'users', [writeOf(1)])]);
    it.hear('s1', 'users', replies([unserved(callId(1), 'busy')]));
    expect(it.wakeAt()).toBe(150);
  });

  test.each([
    ['malformed', 400],
    ['other-history', 409],
    ['ahead', 400],
    ['reused', 422],
  ] as const)('%s is final: %i', (reason, status) => {
    const it = ledStage();
    it.ask(askAnn(1));
    const [effect, ...rest] = it.hear('s1', 'users', replies([unserved(callId(1), reason)]));
    expect(effect).toMatchObject({ type: 'respond', id: 1, response: { status } });
    expect(rest).toEqual([]);
    expect(it.notes()).toEqual([{ type: 'note', note: { type: 'unserved', reason } }]);
    expect(it.wakeAt()).toBeUndefined();
  });

  test.each([
    ['early', 61_000, 400],
    ['early', 59_000, 503],
    ['expired', -601_000, 410],
    ['expired', -599_000, 503],
  ] as const)('%s is final for a key of a client that is dated %i ms from now: %i', (reason, off, status) => {
    const it = ledStage();
    const uuid = uuid7(1, off);
    it.ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': uuid }));
    const [effect] = it.hear('s1', 'users', replies([unserved(`1.0.${uuid7(1)}`, reason)]));
    expect(effect).toMatchObject({ type: 'respond', id: 1, response: { status } });
  });

  test.each(['early', 'expired'] as const)(
    '%s, of a key without a date, is the fault of clocks: 503, with the uuid',
    (reason) => {
      const it = ledStage();
      const key = uuid7(1).replace('-7', '-4');
      it.ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': key }));
      const [effect] = it.hear('s1', 'users', replies([unserved(callId(1), reason)]));
      expect(effect).toMatchObject({ type: 'respond', response: { status: 503 } });
      expect(JSON.stringify(effect)).toContain(key);
    },
  );

  test('from a node that was given up on means nothing any more', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 });
    const late = replies([unserved(callId(1), 'busy')], { epoch: EPOCH_2, primary: 's2' });
    it.hear('s1', 'users', late);
    expect(it.wakeAt()).toBe(1_000);
  });
});

describe('what a lower epoch says (§10.1)', () => {
  test('is no outcome: the write waits for the primary it was sent to since', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 });
    expect(it.hear('s1', 'users', userZero(1))).toEqual([]);
    expect(it.notes()).toEqual([
      { type: 'note', note: { type: 'ignores-lower-epoch', group: 'users', epoch: EPOCH_1 } },
    ]);
    const outcome = replies([done(callId(1), accepted({ userid: 0 }))], { epoch: EPOCH_2, primary: 's2' });
    expect(it.hear('s2', 'users', outcome)).toMatchObject([{ type: 'respond', id: 1, response: { status: 200 } }]);
  });

  test('does not change whom the front end follows', () => {
    const it = ledStage();
    it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 });
    it.hear('s1', 'users', located('s1', EPOCH_1));
    expect(it.ask(askAnn(1))).toEqual([sent('s2', 'users', [writeOf(1)], EPOCH_2)]);
  });

  test('leaves a read to the next server', () => {
    const it = ledStage({ settings: { reads: 'spread' } });
    it.tell({ type: 'led', group: 'events', primary: 's2', epoch: EPOCH_2 });
    it.ask(get(1, '/events'));
    expect(it.hear('s1', 'events', replies([done(callId(1), accepted([]))]))).toEqual([]);
    expect(it.wait(50)).toMatchObject([{ type: 'send', to: { node: 's2' } }]);
  });

  test('reaches no earlier process of the same node: its replies bear other ids', () => {
    const it = ledStage();
    it.ask(askAnn(1));
    const other = replies([done(`1.0.${uuid7(99)}`, accepted({ userid: 7 }))]);
    expect(it.hear('s1', 'users', other)).toEqual([]);
  });
});

describe('bounds', () => {
  test('beyond heldAtMost a request is refused at once and not sent', () => {
    const it = ledStage({ settings: { heldAtMost: 1 } });
    expect(it.ask(askAnn(1), askAnn(2), get(3, '/events'), get(4, '/greet'))).toEqual([
      answered(2, 503, { error: 'too many requests are waiting' }, { 'understudy-uuid': uuid7(2), 'retry-after': '1' }),
      answered(3, 503, { error: 'too many requests are waiting' }, { 'retry-after': '1' }),
      answered(4, 200, undefined),
      sent('s1', 'users', [writeOf(1)]),
    ]);
  });

  test('reads leave a quarter of the places to requests that write', () => {
    const it = ledStage({ settings: { heldAtMost: 4 } });
    const reads = [1, 2, 3, 4].map((id) => get(id, '/events'));
    const refused = { status: 503 };
    expect(it.ask(...reads)).toMatchObject([{ id: 4, response: refused }, { type: 'send' }]);
    expect(it.ask(askAnn(5), askAnn(6))).toMatchObject([{ id: 6, response: refused }, { type: 'send' }]);
  });

  test('what was answered makes room, and wakes nobody', () => {
    const it = ledStage({ settings: { heldAtMost: 1 } });
    it.ask(askAnn(1));
    it.hear('s1', 'users', userZero(1));
    expect(it.frontEnd().pending.size).toBe(0);
    expect(it.frontEnd().deadlines).toBeUndefined();
    expect(it.ask(askAnn(2))).toMatchObject([{ type: 'send' }]);
  });
});
