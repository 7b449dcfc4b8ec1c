import { describe, expect, test } from 'vitest';
import { fenceDueAt } from '../../src/frontend/fences.ts';
import { stepFrontEnd } from '../../src/frontend/front-end.ts';
import type { FrontEndEffect } from '../../src/frontend/front-end-io.ts';
import { tickets } from '../../src/apps/tickets/service.ts';
import { accepted, failed } from '../../src/protocol/model/app.ts';
import type { Request } from '../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/model/settings.ts';
import { historyDigest, NUMBERS_AT_MOST } from '../../src/protocol/model/write-sessions.ts';
import type { Route, RoutePlan, Service } from '../../src/service/service.ts';
import { newSession, OWN_SESSIONS_AT_MOST, withFinished, withNextNumber } from '../../src/frontend/numbers.ts';
import { nameOfWrite, NUMBER_AT_MOST, writeNamed } from '../../src/frontend/write-name.ts';
import {
  callId,
  done,
  EPOCH_1,
  EPOCH_2,
  ledStage,
  post,
  postWithoutKey,
  replies,
  sent,
  type Stage,
  unserved,
  uuid7,
} from '../support/frontend/one-front-end.ts';

const GROUPS = ['events', 'users'];
const HISTORY = historyDigest('h');
const SESSION = 40;
const COMMAND = { type: 'create', username: 'ann' };
const OPEN = `open.${callId(1)}`;

/** A key without a date. */
const undated = (id: number) => ({ 'idempotency-key': uuid7(id).replace('-7000-', '-4000-') });

/** A session whose numbers are all in use. */
const full = (id: number) => ({ ...newSession(id, HISTORY, 0), next: NUMBERS_AT_MOST + 1 });

const ann = (id: number) => postWithoutKey(id, '/users/create', { username: 'ann' });

/** A front end whose session of `users` is opened by its first write. */
function openStage(options: Parameters<typeof ledStage>[0] = {}): Stage {
  const it = ledStage(options);
  it.ask(ann(1));
  open(it, SESSION);
  return it;
}

function open(it: Stage, session: number, id = OPEN): readonly FrontEndEffect[] {
  return it.hear('s1', 'users', replies([done(id, accepted(session), session)]));
}

function itemsIn(effects: readonly FrontEndEffect[]): readonly Request[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === 'requests' ? effect.message.items : [],
  );
}

/** The ticket service with a route that writes and then plans so; without a plan it throws. */
function writingThen(plan: RoutePlan | undefined): Service {
  const route: Route = {
    method: 'POST',
    path: '/mine',
    decode: (_, body) => ({ type: 'decoded', value: body }),
    plan: (_, [written]) =>
      written === undefined ? { type: 'write', group: 'users', command: COMMAND } : (plan ?? expect.unreachable()),
  };
  return { ...tickets, routes: [...tickets.routes, route] };
}

/** Session, number and `done` of the writes that are sent. */
function slotsIn(effects: readonly FrontEndEffect[]): readonly (readonly number[])[] {
  return itemsIn(effects).flatMap((item) =>
    item.type === 'write' && item.slot !== undefined ? [[item.slot.session, item.slot.number, item.slot.done]] : [],
  );
}

function answeredTo(effects: readonly FrontEndEffect[], id: number) {
  return effects.flatMap((effect) => (effect.type === 'respond' && effect.id === id ? [effect.response] : []))[0];
}

const succeed = (it: Stage, id: number) =>
  it.hear('s1', 'users', replies([done(callId(id), accepted({ userid: id }), 50 + id)]));

describe('§7.10: a front end to which no session is opened', () => {
  test('asks for one again after retryAfter, and not with every write', () => {
    const it = ledStage();
    it.ask(ann(1));
    it.hear('s1', 'users', replies([unserved(OPEN, 'busy')]));
    expect(itemsIn(it.ask(ann(2)))).toEqual([]);
    expect(itemsIn(it.wait(900))).toEqual([]);
    expect(itemsIn(it.wait(100))).toMatchObject([{ type: 'open' }]);
  });

  test.each([0.5, -1, 2 ** 60])('takes none whose id no entry has (%d)', (id) => {
    const it = ledStage();
    it.ask(ann(1));
    expect(slotsIn(open(it, id))).toEqual([]);
    expect(slotsIn(it.wait(2_000))).toEqual([]);
  });
});

test('A session whose next number has no place in the name of a write is left', () => {
  const session = { ...newSession(1, 2, 0), next: NUMBER_AT_MOST, done: NUMBER_AT_MOST - 1 };
  const last = withNextNumber(session, 0);
  expect(nameOfWrite({ group: 'users', history: 2, session: 1, number: NUMBER_AT_MOST }, GROUPS)).toBeDefined();
  expect(last?.next).toBe(NUMBER_AT_MOST + 1);
  expect(last && withNextNumber(withFinished(last, NUMBER_AT_MOST), 0)).toBeUndefined();
});

describe('§7.10: a front end numbers writes without a key', () => {
  test('in a session that it asks for once, and the writes wait for it without having heard the time', () => {
    const it = ledStage({ knowsTime: false });
    expect(it.ask(ann(1))).toEqual([sent('s1', 'users', [{ type: 'open', id: OPEN }])]);
    expect(it.ask(ann(2))).toEqual([]);
    expect(open(it, SESSION)).toEqual([
      sent(
        's1',
        'users',
        [1, 2].map((id) => ({
          type: 'write',
          id: callId(id),
          uuid: uuid7(id),
          slot: { session: SESSION, number: id, done: 0 },
          command: COMMAND,
        })),
      ),
    ]);
  });

  test('and asks again where no session comes, also of the next primary', () => {
    const it = ledStage();
    it.ask(ann(1));
    expect(itemsIn(it.wait(900))).toEqual([]);
    expect(itemsIn(it.wait(100))).toEqual([{ type: 'open', id: OPEN }]);
    it.hear('s1', 'users', replies([unserved(OPEN, 'not-primary')], { primary: 's2' }));
    const led = it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 });
    expect(led).toMatchObject([{ to: { node: 's2' }, message: { items: [{ type: 'open' }] } }]);
  });

  test('while one with a key needs no session', () => {
    expect(itemsIn(ledStage().ask(post(1, '/users/create', { username: 'ann' })))).toMatchObject([
      { type: 'write', issuedAt: 1_700_000_000_000 },
    ]);
  });

  test('a retry has the same number', () => {
    const it = openStage();
    expect(slotsIn(it.wait(1_000))).toEqual([[SESSION, 1, 0]]);
  });

  test('it tells how far it has the outcomes, and not beyond one that it lacks', () => {
    const it = openStage();
    it.ask(ann(2));
    it.ask(ann(3));
    succeed(it, 2);
    expect(slotsIn(it.ask(ann(4)))).toEqual([[SESSION, 4, 0]]);
    succeed(it, 1);
    expect(slotsIn(it.ask(ann(5)))).toEqual([[SESSION, 5, 2]]);
    it.tell({ type: 'gone', id: 3 });
    expect(slotsIn(it.ask(ann(6)))).toEqual([[SESSION, 6, 3]]);
  });

  test('it leaves a session that may have ended, and asks for another', () => {
    const it = openStage({ settings: { holdFor: 100 } });
    succeed(it, 1);
    it.wait(DEFAULT_SETTINGS.dedupeFor / 2);
    expect(slotsIn(it.ask(ann(2)))).toEqual([[SESSION, 2, 1]]);
    it.wait(1);
    expect(itemsIn(it.ask(ann(3)))).toEqual([{ type: 'open', id: `open.${callId(3)}` }]);
  });

  test('it leaves a session whose numbers are all in use', () => {
    const it = openStage({ settings: { heldAtMost: 2 * NUMBERS_AT_MOST } });
    for (let id = 2; id <= NUMBERS_AT_MOST; id += 1) it.ask(ann(id));
    const next = NUMBERS_AT_MOST + 1;
    expect(itemsIn(it.ask(ann(next)))).toEqual([{ type: 'open', id: `open.${callId(next)}` }]);
    expect(slotsIn(open(it, 9_000, `open.${callId(next)}`))).toEqual([[9_000, 1, 0]]);
  });

  test.each(['ended', 'forgotten'] as const)(
    'told %s, it says that the outcome is unknown, and the next write is in another session',
    (reason) => {
      const it = openStage();
      const effects = it.hear('s1', 'users', replies([unserved(callId(1), reason)]));
      expect(answeredTo(effects, 1)).toMatchObject({ status: 503 });
      expect(itemsIn(effects)).toEqual([]);
      expect(itemsIn(it.ask(ann(2)))).toEqual([{ type: 'open', id: `open.${callId(2)}` }]);
    },
  );
});

/** Lets `millis` pass, wake by wake; how often a pending request was looked at meanwhile. */
function tries(it: Stage, millis: number): number {
  let count = 0;
  let left = millis;
  for (let now = 0; now < millis; now = millis - left) {
    const passing = Math.min(left, Math.max(1, (it.wakeAt() ?? now + left) - now));
    const before = it.frontEnd().pending;
    it.wait(passing);
    left -= passing;
    count += it.frontEnd().pending.count((pending, id) => before.get(id) !== pending);
  }
  return count;
}

describe('§7.10: writes that wait', () => {
  const many = Array.from({ length: 500 }, (_, place) => place + 1);

  test('for a session are looked at once each retryAfter, for its opening wakes them', () => {
    const it = ledStage();
    it.ask(...many.map(ann));
    it.hear('s1', 'users', replies([unserved(OPEN, 'busy')]));
    expect(tries(it, 3_000)).toBe(3 * many.length);
    expect(slotsIn(open(it, SESSION))).toHaveLength(many.length);
  });

  test('for the time are looked at once each retryAfter, but for one that asks for it', () => {
    const it = ledStage({ knowsTime: false });
    it.ask(...many.map((id) => post(id, '/users/create', { username: 'ann' }, undated(id))));
    expect(tries(it, 3_000)).toBeLessThan(3 * many.length + 3_000 / DEFAULT_SETTINGS.locateEvery + 10);
    const told = { type: 'located', epoch: EPOCH_1, primary: 's1', time: 5_000 } as const;
    expect(itemsIn(it.hear('s1', 'users', told))).toHaveLength(many.length);
  });

  test('for a session of the primary that was asked are sent to its successor', () => {
    const it = ledStage();
    it.ask(ann(1));
    it.tell({ type: 'led', group: 'users', primary: 's2', epoch: EPOCH_2 });
    const effects = it.hear('s1', 'users', replies([unserved(OPEN, 'not-primary')], { primary: 's2', epoch: EPOCH_2 }));
    expect(effects).toMatchObject([{ to: { node: 's2' }, message: { items: [{ type: 'open' }] } }]);
  });
});

describe('§7.10: where calls hang for as long as one likes', () => {
  const holdFor = 4_000;
  /** A front end that is asked for 5,000 writes a second, of which each thousandth hangs; the sessions it opened. */
  function flooded(seconds: number): number {
    const it = ledStage({ settings: { holdFor, heldAtMost: 2 * NUMBERS_AT_MOST } });
    const opened = new Set<string>();
    let asked = 0;
    let written = 0;
    for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
      const requests = Array.from({ length: 500 }, () => ann((asked += 1)));
      for (let effects = it.ask(...requests); effects.length > 0;) {
        const answers = itemsIn(effects).flatMap((item) => {
          if (item.type === 'open') {
            opened.add(item.id);
            return [done(item.id, accepted(1_000 * opened.size), 10)];
          }
          written += 1;
          return written % 1_000 === 0 ? [] : [done(item.id, accepted({ userid: 1 }), 10)];
        });
        effects = answers.length === 0 ? [] : it.hear('s1', 'users', replies(answers));
      }
      it.wait(100);
    }
    return opened.size;
  }

  test('a session is used again when the write is given up that held it up, so their number is bounded', () => {
    // Of the writes of `holdFor`, 8,192 are in each session, and one is in use.
    const bound = Math.ceil((5_000 * holdFor) / 1_000 / NUMBERS_AT_MOST) + 1;
    expect(flooded(12)).toBeLessThanOrEqual(bound);
  });

  test('and where 32 are all in use, writes wait until one has a number left', () => {
    const it = ledStage();
    const sessions = Array.from({ length: OWN_SESSIONS_AT_MOST }, (_, place) => full(place + 1));
    const start = { millis: 0, wall: 0, chance: 0 };
    const crowded = { ...it.frontEnd(), sessions: { users: sessions } };
    const [held, effects] = stepFrontEnd(crowded, { type: 'requests', requests: [ann(1)] }, start);
    expect([held.pending.size, effects]).toEqual([1, []]);
    const drained = sessions.map((session) => (session.id === 20 ? withFinished(session, 1) : session));
    const [, sends] = stepFrontEnd(
      { ...held, sessions: { users: drained } },
      { type: 'wake' },
      { ...start, millis: DEFAULT_SETTINGS.retryAfter },
    );
    expect(slotsIn(sends)).toEqual([[20, NUMBERS_AT_MOST + 1, 1]]);
  });
});

describe('§7.11: the name of a write whose outcome is unknown', () => {
  const name = { group: 'users', history: HISTORY, session: SESSION, number: 1 };
  const uuid = nameOfWrite(name, GROUPS) ?? '';

  test('is a uuid that says which write it is, and no uuid of a client is one', () => {
    expect(writeNamed(uuid, GROUPS)).toEqual(name);
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(writeNamed(uuid7(1), GROUPS)).toBeUndefined();
    const other = uuid.endsWith('0') ? '1' : '0';
    expect(writeNamed(uuid.slice(0, -1) + other, GROUPS)).toBeUndefined();
    expect(nameOfWrite({ ...name, session: 2 ** 40 }, GROUPS)).toBeUndefined();
  });

  test('is given with the 503, and held back from the numbers that are done for a minute', () => {
    const it = openStage();
    const unknown = answeredTo(it.wait(DEFAULT_SETTINGS.holdFor), 1);
    expect(unknown).toMatchObject({ status: 503, headers: { 'understudy-uuid': uuid } });
    expect(JSON.parse(unknown?.body ?? '')).toMatchObject({ uuid });
    expect(slotsIn(it.ask(ann(2)))).toEqual([[SESSION, 2, 0]]);
    it.wait(60_000);
    expect(slotsIn(it.ask(ann(3)))).toEqual([[SESSION, 3, 1]]);
  });

  test.each([
    ['full', 507],
    ['too-large', 500],
    ['malformed', 400],
  ] as const)(
    'is given with %s, as with every answer that does not tell the outcome, and held back likewise',
    (reason, status) => {
      const it = openStage();
      const refused = answeredTo(it.hear('s1', 'users', replies([unserved(callId(1), reason)])), 1);
      expect(refused).toMatchObject({ status, headers: { 'understudy-uuid': uuid } });
      expect(slotsIn(it.ask(ann(2)))).toEqual([[SESSION, 2, 0]]);
    },
  );

  test('is given where a read behind the write failed, or the route', () => {
    const read: RoutePlan = { type: 'read', group: 'users', query: { type: 'list' } };
    const it = openStage({ service: writingThen(read) });
    it.ask(postWithoutKey(2, '/mine', {}));
    succeed(it, 2);
    const id = callId(2).replace('.0.', '.1.');
    const named = nameOfWrite({ ...name, number: 2 }, GROUPS);
    const answered = answeredTo(it.hear('s1', 'users', replies([done(id, failed('users-7-x'), 60)])), 2);
    expect(answered).toMatchObject({ status: 500, headers: { 'understudy-uuid': named } });
    expect(answered?.headers).not.toHaveProperty('understudy-error');
    const other = openStage({ service: writingThen(undefined) });
    other.ask(postWithoutKey(2, '/mine', {}));
    expect(answeredTo(succeed(other, 2), 2)).toMatchObject({ status: 500, headers: { 'understudy-uuid': named } });
    expect(slotsIn(other.ask(ann(3)))).toEqual([[SESSION, 3, 0]]);
  });

  test('is not given with the outcome that the code of the service failed', () => {
    const it = openStage();
    const answered = answeredTo(it.hear('s1', 'users', replies([done(callId(1), failed('users-7'), 60)])), 1);
    expect(answered).toMatchObject({ headers: { 'understudy-error': 'users-7', 'understudy-uuid': uuid7(1) } });
    expect(slotsIn(it.ask(ann(2)))).toEqual([[SESSION, 2, 1]]);
  });

  test('is not given for a write that was never sent', () => {
    const it = ledStage();
    it.ask(ann(1));
    const unknown = answeredTo(it.wait(DEFAULT_SETTINGS.holdFor), 1);
    expect(unknown).toMatchObject({ status: 503, body: '{"error":"no answer in time"}' });
    expect(unknown?.headers).not.toHaveProperty('understudy-uuid');
  });

  test('as a key asks for the outcome, and the route answers as it would have', () => {
    const it = ledStage();
    const asking = post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': uuid });
    expect(itemsIn(it.ask(asking))).toEqual([
      { type: 'outcome', id: callId(1), history: HISTORY, session: SESSION, number: 1, command: COMMAND },
    ]);
    expect(answeredTo(succeed(it, 1), 1)).toMatchObject({ status: 200, headers: { 'understudy-uuid': uuid } });
  });

  test('of a write that may still be carried out is asked for again, and of one that is forgotten expired', () => {
    const it = ledStage();
    it.ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': uuid }));
    it.hear('s1', 'users', replies([unserved(callId(1), 'busy')]));
    expect(itemsIn(it.wait(50))).toMatchObject([{ type: 'outcome' }]);
    const effects = it.hear('s1', 'users', replies([unserved(callId(1), 'forgotten')]));
    expect(answeredTo(effects, 1)).toMatchObject({ status: 410 });
  });

  test('is refused for a request that writes to another group', () => {
    const named = nameOfWrite({ ...name, group: 'events' }, GROUPS) ?? '';
    const effects = ledStage().ask(post(1, '/users/create', { username: 'ann' }, { 'idempotency-key': named }));
    expect(answeredTo(effects, 1)).toMatchObject({ status: 422 });
  });
});

describe('§7.11: a front end that gave a write up and writes no more', () => {
  const { holdFor, retryAfter } = DEFAULT_SETTINGS;
  const FENCE = `fence.${SESSION}.2`;

  /** The effects of a minute after the only write was given up, and of a second more. */
  function givenUp(it: Stage): readonly FrontEndEffect[] {
    it.wait(holdFor);
    expect(it.wait(60_000)).toEqual([]);
    expect(it.wakeAt()).toBe(holdFor + 60_000 + retryAfter);
    return it.wait(retryAfter);
  }

  test('sends a number that is done already, which makes the ones before it forgotten', () => {
    const it = openStage();
    const uuid = nameOfWrite({ group: 'users', history: HISTORY, session: SESSION, number: 2 }, GROUPS) ?? '';
    expect(givenUp(it)).toEqual([
      sent('s1', 'users', [
        { type: 'write', id: FENCE, uuid, slot: { session: SESSION, number: 2, done: 2 }, command: COMMAND },
      ]),
    ]);
    it.hear('s1', 'users', replies([unserved(FENCE, 'forgotten')]));
    expect(it.wakeAt()).toBeUndefined();
    expect(slotsIn(it.ask(ann(2)))).toEqual([[SESSION, 3, 2]]);
  });

  test('sends one that is not done, when M187 is planted, so that the write is carried out after all', () => {
    const it = openStage({ planted: new Set(['fences-by-open-number']) });
    expect(slotsIn(givenUp(it))).toEqual([[SESSION, 2, 1]]);
  });

  test('sends it again, under its number, until it is answered', () => {
    const it = openStage();
    givenUp(it);
    expect(slotsIn(it.wait(retryAfter))).toEqual([[SESSION, 2, 2]]);
    it.hear('s1', 'users', replies([unserved(FENCE, 'not-primary')], { primary: 's2', epoch: EPOCH_2 }));
    expect(it.wait(retryAfter)).toMatchObject([{ to: { node: 's2' }, message: { items: [{ id: FENCE }] } }]);
    it.hear('s2', 'users', replies([unserved(FENCE, 'ended')], { primary: 's2', epoch: EPOCH_2 }));
    expect(it.wakeAt()).toBeUndefined();
  });

  test('looks for a primary once each retryAfter where there is none meanwhile', () => {
    const it = openStage({ settings: { locateEvery: 400 } });
    givenUp(it);
    it.hear('s1', 'users', replies([unserved(FENCE, 'not-primary')], { primary: undefined, epoch: EPOCH_2 }));
    expect(fenceDueAt(it.frontEnd(), 'users')).toBe(holdFor + 60_000 + 2 * retryAfter);
    it.wait(retryAfter);
    expect(fenceDueAt(it.frontEnd(), 'users')).toBe(holdFor + 60_000 + 3 * retryAfter);
  });

  test('sends it until the session has ended by itself', () => {
    const it = openStage();
    givenUp(it);
    it.wait(DEFAULT_SETTINGS.dedupeFor);
    expect(it.wakeAt()).toBeUndefined();
  });

  test('sends none where a later write has said so', () => {
    const it = openStage();
    it.wait(holdFor);
    it.wait(60_000);
    it.ask(ann(2));
    succeed(it, 2);
    expect(slotsIn(it.wait(holdFor))).toEqual([]);
  });

  test('sends none while another write is under way, which says so when it is sent again', () => {
    const it = openStage();
    it.wait(holdFor);
    it.wait(60_000 - 1);
    expect(slotsIn(it.ask(ann(2)))).toEqual([[SESSION, 2, 0]]);
    expect(slotsIn(it.wait(retryAfter))).toEqual([[SESSION, 2, 0]]);
    it.wait(retryAfter);
    expect(slotsIn(it.wait(retryAfter))).toEqual([[SESSION, 2, 1]]);
  });
});
