import { describe, expect, test } from 'vitest';
import { accepted, refused } from '../../src/protocol/model/app.ts';
import type { Request, Token } from '../../src/protocol/model/messages.ts';
import {
  answered,
  callId,
  done,
  get,
  ledStage,
  locates,
  post,
  replies,
  sent,
  unserved,
  uuid7,
} from '../support/frontend/one-front-end.ts';

const SESSION = { 'understudy-read': 'session' };

function readOf(
  id: number,
  mode: 'linearizable' | 'session',
  token: Token | undefined,
  query?: Extract<Request, { type: 'read' }>['query'],
): Request {
  if (query !== undefined) return { type: 'read', id: callId(id), query, mode, token };
  const page = { from: 0, at: undefined };
  return { type: 'read', id: callId(id), query: { type: 'list' }, mode, token, page };
}

describe('reads (§6)', () => {
  test('are linearizable and go to the primary unless something else is asked for', () => {
    const it = ledStage();
    expect(it.ask(get(1, '/events'))).toEqual([sent('s1', 'events', [readOf(1, 'linearizable', undefined)])]);
  });

  test('are spread over all servers in turn where the settings say so', () => {
    const it = ledStage({ settings: { reads: 'spread' } });
    expect(it.ask(get(1, '/events'), get(2, '/events'), get(3, '/events'), get(4, '/events'))).toEqual([
      sent('s1', 'events', [readOf(1, 'linearizable', undefined), readOf(4, 'linearizable', undefined)]),
      sent('s2', 'events', [readOf(2, 'linearizable', undefined)]),
      sent('s3', 'events', [readOf(3, 'linearizable', undefined)]),
    ]);
  });

  test('of a session take turns and carry what the client or this front end has seen, whichever is more', () => {
    const it = ledStage();
    it.ask(get(1, '/events'));
    it.hear('s1', 'events', replies([done(callId(1), accepted([]), 12)]));
    const token = (index: number) => ({ ...SESSION, 'understudy-token': `events=h:${index}` });
    expect(it.ask(get(2, '/events', token(11)), get(3, '/events', token(13)), get(4, '/events', SESSION))).toEqual([
      sent('s1', 'events', [readOf(2, 'session', { historyId: 'h', index: 12 })], undefined, 12),
      sent('s2', 'events', [readOf(3, 'session', { historyId: 'h', index: 13 })], undefined, 12),
      sent('s3', 'events', [readOf(4, 'session', { historyId: 'h', index: 12 })], undefined, 12),
    ]);
  });

  test('of a session are answered by the replica of the data server that is asked, and by another where it is behind', () => {
    const it = ledStage({ place: { node: 's2', hasReplicas: true } });
    expect(it.ask(get(1, '/events', SESSION), get(2, '/events', SESSION))).toEqual([
      sent('s2', 'events', [readOf(1, 'session', undefined), readOf(2, 'session', undefined)]),
    ]);
    expect(it.hear('s2', 'events', replies([unserved(callId(1), 'behind')]))).toEqual([]);
    expect(it.wait(50)).toEqual([sent('s1', 'events', [readOf(1, 'session', undefined)])]);
    // Out of the group, it has nothing to say.
    it.tell({ type: 'servers', group: 'events', servers: ['s1', 's3'] });
    expect(it.ask(get(3, '/events', SESSION))).toMatchObject([{ to: { node: 's1' } }]);
  });

  test('of a session do not wait for a primary', () => {
    const it = ledStage();
    it.tell({ type: 'suspected', nodeId: 's1' });
    expect(it.ask(get(1, '/events', SESSION))).toEqual([sent('s2', 'events', [readOf(1, 'session', undefined)])]);
  });

  test('go to the next server when the one they wait for is suspected', () => {
    const it = ledStage();
    it.ask(get(1, '/events', SESSION));
    expect(it.tell({ type: 'suspected', nodeId: 's1' })).toEqual([
      ...locates('events'),
      ...locates('users'),
      sent('s2', 'events', [readOf(1, 'session', undefined)]),
    ]);
  });

  test('go to the next server when the one they wait for is behind or stays silent', () => {
    const it = ledStage();
    it.ask(get(1, '/events', SESSION));
    expect(it.hear('s1', 'events', replies([unserved(callId(1), 'behind')]))).toEqual([]);
    expect(it.wait(50)).toEqual([sent('s2', 'events', [readOf(1, 'session', undefined)])]);
    expect(it.wait(1_000)).toEqual([...locates('events'), sent('s3', 'events', [readOf(1, 'session', undefined)])]);
    // s2 owes an answer: it is passed over until it is heard.
    expect(it.ask(get(2, '/events', SESSION), get(3, '/events', SESSION))).toMatchObject([
      { to: { node: 's1' } },
      { to: { node: 's3' } },
    ]);
  });
});

describe('tokens (§6.3)', () => {
  test('every answer carries the most of what the client had seen and what it rests on', () => {
    const it = ledStage();
    it.ask(get(1, '/events', { 'understudy-token': 'users=h:30, events=h:5' }));
    expect(it.hear('s1', 'events', replies([done(callId(1), refused('no events found'), 12)]))).toEqual([
      answered(1, 400, { error: 'no events found' }, { 'understudy-token': 'events=h:12,users=h:30' }),
    ]);
  });

  test('a purchase rests on both groups', () => {
    const it = ledStage();
    it.ask(post(1, '/events/0/purchase/0', { tickets: 1 }));
    it.hear('s1', 'users', replies([done(callId(1), accepted(), 3)]));
    const outcome = done(callId(1, 1), accepted(), 9, [{ group: 'users', index: 4 }]);
    expect(it.hear('s1', 'events', replies([outcome]))).toEqual([
      answered(1, 200, undefined, { 'understudy-token': 'events=h:9,users=h:4', 'understudy-uuid': uuid7(1) }),
    ]);
    expect(it.frontEnd().seen).toEqual({ events: { historyId: 'h', index: 9 }, users: { historyId: 'h', index: 4 } });
  });

  test('a session that has bought reads both groups as of its purchase', () => {
    const it = ledStage();
    const session = { ...SESSION, 'understudy-token': 'events=h:9,users=h:4' };
    it.ask(get(1, '/users/0', session));
    const held = accepted({ userid: 0, username: 'ann', tickets: [{ eventid: 0, tickets: 1 }] });
    const users = { type: 'get', userid: 0 };
    expect(it.frontEnd().pending.first()?.call).toMatchObject({ group: 'users', query: users });
    const [next] = it.hear('s1', 'users', replies([done(callId(1), held, 4)]));
    expect(next).toMatchObject({
      to: { unit: 'events' },
      message: { items: [{ mode: 'session', token: { historyId: 'h', index: 9 } }] },
    });
  });

  test('another history takes the place of the one before', () => {
    const it = ledStage();
    it.ask(get(1, '/events', { 'understudy-token': 'events=old:99' }));
    const [effect] = it.hear('s1', 'events', replies([done(callId(1), accepted([]), 12)], { historyId: 'new/2' }));
    expect(effect).toMatchObject({ response: { headers: { 'understudy-token': 'events=new/2:12' } } });
  });

  test.each([
    'events',
    'events=h',
    'events=h:',
    'events=h:-1',
    'events=h:1.5',
    'events=h:99999999999999999',
    'ghosts=h:1',
    'events=h:1,events=h:2',
    '__proto__=h:1',
    'events=%:1',
    ',',
  ])('%j is none: 400', (token) => {
    const it = ledStage();
    expect(it.ask(get(1, '/events', { 'understudy-token': token }))).toMatchObject([
      { type: 'respond', response: { status: 400 } },
    ]);
  });
});

describe('a write', () => {
  test('goes under the uuid of its Idempotency-Key, and says when a version 7 was issued', () => {
    const it = ledStage();
    const key = uuid7(77, -5_000);
    const [effect] = it.ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': key.toUpperCase() }));
    expect(effect).toEqual(
      sent('s1', 'users', [
        {
          type: 'write',
          id: callId(1),
          uuid: key,
          issuedAt: 1_699_999_995_000,
          command: { type: 'create', username: 'ann' },
        },
      ]),
    );
  });

  test('counts as issued at its first receipt where the uuid does not say when, however often it is sent', () => {
    const it = ledStage();
    it.wait(123);
    const key = '6ba7b810-9dad-41d1-80b4-00c04fd430c8';
    const first = it.ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': key }));
    expect(first).toMatchObject([{ message: { items: [{ uuid: key, issuedAt: 1_700_000_000_123 }] } }]);
    expect(it.wait(1_000).at(-1)).toEqual(first[0]);
  });

  test.each(['', 'x', '6ba7b810-9dad-41d1-80b4-00c04fd430c', '6ba7b8109dad41d180b400c04fd430c8'])(
    'with the Idempotency-Key %j is refused',
    (key) => {
      const it = ledStage();
      expect(it.ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': key }))).toEqual([
        answered(1, 400, { error: 'idempotency-key: expected a uuid' }),
      ]);
    },
  );

  test('is answered to both clients that sent it under one Idempotency-Key at the same time', () => {
    const it = ledStage();
    const key = { 'idempotency-key': uuid7(77) };
    const [effect] = it.ask(
      post(1, '/users/create', { username: 'ann' }, key),
      post(2, '/users/create', { username: 'ann' }, key),
    );
    expect(effect).toMatchObject({
      message: {
        items: [
          { id: callId(1), uuid: uuid7(77) },
          { id: callId(2), uuid: uuid7(77) },
        ],
      },
    });
    const both = replies([done(callId(1), accepted({ userid: 0 })), done(callId(2), accepted({ userid: 0 }))]);
    const headers = { 'understudy-token': 'users=h:1', 'understudy-uuid': uuid7(77) };
    expect(it.hear('s1', 'users', both)).toEqual([
      answered(1, 200, { userid: 0 }, headers),
      answered(2, 200, { userid: 0 }, headers),
    ]);
  });

  test('is answered once, however often its outcome arrives', () => {
    const it = ledStage();
    it.ask(post(1, '/users/create', { username: 'ann' }));
    const outcome = replies([done(callId(1), accepted({ userid: 0 }))]);
    expect(it.hear('s1', 'users', outcome)).toHaveLength(1);
    expect(it.hear('s1', 'users', outcome)).toEqual([]);
  });
});

describe('a request of several calls', () => {
  test('POST /events/create asks for the user first, linearizably even in a session, then writes', () => {
    const it = ledStage();
    const body = { userid: 4, eventname: 'gala', numtickets: 10 };
    expect(it.ask(post(1, '/events/create', body, SESSION))).toEqual([
      sent('s1', 'users', [readOf(1, 'linearizable', undefined, { type: 'exists', userid: 4 })]),
    ]);
    const found = done(callId(1), accepted({ userid: 4, username: 'ann', tickets: [] }), 7);
    expect(it.hear('s1', 'users', replies([found]))).toEqual([
      sent(
        's1',
        'events',
        [
          {
            type: 'write',
            id: callId(1, 1),
            uuid: uuid7(1),
            issuedAt: 1_700_000_000_000,
            command: { type: 'create', ...body },
          },
        ],
        undefined,
        7,
      ),
    ]);
    expect(it.hear('s1', 'users', replies([found]))).toEqual([]);
    expect(it.hear('s1', 'events', replies([done(callId(1, 1), accepted({ eventid: 0 }), 3)]))).toEqual([
      answered(1, 200, { eventid: 0 }, { 'understudy-token': 'events=h:3,users=h:7', 'understudy-uuid': uuid7(1) }),
    ]);
  });

  test('POST /events/create by an unknown user is refused, and nothing is written', () => {
    const it = ledStage();
    it.ask(post(1, '/events/create', { userid: 4, eventname: 'gala', numtickets: 10 }));
    expect(it.hear('s1', 'users', replies([done(callId(1), refused('no user 4'), 7)]))).toEqual([
      answered(1, 400, { error: 'no user 4' }, { 'understudy-token': 'users=h:7' }),
    ]);
  });
});
