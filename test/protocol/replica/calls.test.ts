import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/protocol/model/app.ts';
import { applyEntry } from '../../../src/protocol/model/apply.ts';
import { JUMP_AT_MOST } from '../../../src/protocol/model/counters.ts';
import type { Effect } from '../../../src/protocol/model/effects.ts';
import { type Epoch, NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { IncomingCalls } from '../../../src/protocol/model/machine.ts';
import type { Message, Reply, Request } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/protocol/wire/codec.ts';
import { BANK, counter } from '../../support/protocol/counter.ts';
import { atOnce, notes, operations, replies, sendsIn } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  adding,
  append,
  cast,
  CLIENT,
  epoch,
  heartbeat,
  paying,
  the,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const X = { node: 'X', unit: BANK };
const ACCEPTED: Outcome = { type: 'accepted', value: 1 };
const REFUSED: Outcome = { type: 'refused', reason: 'closed' };

type Call = Extract<Request, { type: 'call' }>;

/** A, primary, with a total of 10, and told that X leads the bank. */
function primary(settings: Partial<Settings> = {}): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C');
  a.takes({ type: 'led', group: BANK, primary: 'X', epoch: epoch('1.X') });
  return settled(a.asked(adding('u', 10)));
}

/** The actor's disk and all others have its log. */
function settled(actor: Actor): Actor {
  return acknowledged(actor.syncs(), 'B', 'C');
}

function done(call: { readonly id: string }, outcome: Outcome, index = 7): Reply {
  return { type: 'done', id: call.id, outcome, index, lamport: 50, rests: [] };
}

function repliesOf(primaryNode: string, by: Epoch, ...items: readonly Reply[]): Message {
  return { type: 'replies', epoch: by, primary: primaryNode, historyId: 'h', items };
}

/** Calls that leave for a node of the bank at once. */
function callsTo(actor: Actor, node = 'X'): readonly Call[] {
  return toBank(actor.effects, node).flatMap((message) =>
    message.type === 'requests' ? message.items.flatMap((item) => (item.type === 'call' ? [item] : [])) : [],
  );
}

function toBank(effects: readonly Effect[], node: string): readonly Message[] {
  return sendsIn(atOnce(effects)).flatMap(({ to, message }) => (to.node === node && to.unit === BANK ? [message] : []));
}

describe('Section 3.1 and 3.2: the calling group', () => {
  test('A call leaves when the write that makes it is visible, not before, and the write waits for it', () => {
    const a = primary().asked(paying('p', 3)).syncs();
    expect(callsTo(a)).toEqual([]);
    acknowledged(a, 'B', 'C');
    expect(callsTo(a)).toEqual([
      {
        type: 'call',
        id: '1',
        from: 'counter',
        historyId: 'history',
        number: 1,
        uuid: 'p/bank/1',
        settled: 0,
        command: { type: 'add', by: 3 },
      },
    ]);
    expect(replies(a)).toEqual([]);
    expect(a.state).toEqual({ total: 7, reserved: 3 });
  });

  test('Calls are numbered without a gap in the order of the log, and leave in that order', () => {
    const a = settled(primary().asked(paying('p', 1), paying('too much', 99), paying('q', 2)));
    expect(callsTo(a).map(({ number, command }) => [number, command])).toEqual([
      [1, { type: 'add', by: 1 }],
      [2, { type: 'add', by: 2 }],
    ]);
    expect(replies(a)).toMatchObject([{ id: 'ask-too much', outcome: { type: 'refused', reason: 'too little' } }]);
  });

  test('A secondary delivers none', () => {
    const a = settled(primary().asked(paying('p', 3)));
    const b = new Actor('B', { configuration: THREE });
    b.takes({ type: 'led', group: BANK, primary: 'X', epoch: epoch('1.X') });
    b.hears('A', append(epoch('1.A'), last(b), a.entries, 3));
    expect(machineOf(b.replica).outgoing.get(BANK)?.pending.size).toBe(1);
    expect(callsTo(b)).toEqual([]);
  });

  test('At most callsAtMost wait for their outcome at the same time', () => {
    const a = settled(primary({ callsAtMost: 2 }).asked(paying('p'), paying('q'), paying('r')));
    expect(callsTo(a).map(({ number }) => number)).toEqual([1, 2]);
    a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED)));
    expect(callsTo(settled(a)).map(({ number, settled: through }) => [number, through])).toEqual([[3, 1]]);
  });

  test('A call without an answer is sent again after retryAfter, all that are unsettled together and in order', () => {
    const a = settled(primary().asked(paying('p')));
    settled(a.asked(paying('q')));
    expect(callsTo(a).map(({ number }) => number)).toEqual([2]);
    const again: number[][] = [];
    for (let beat = 0; beat < 10; beat += 1) {
      again.push(callsTo(a.wakesOnTime()).map(({ number }) => number));
      a.hears('B', { type: 'heard', epoch: epoch('1.A'), beat: 0, agreed: 4, diskId: 'disk-of-B', incarnation: 1 });
    }
    expect(again.filter(({ length }) => length > 0)).toEqual([[1, 2]]);
  });
});

describe('Section 3.4: the outcome comes back', () => {
  test('It is proposed once, and decides the write when it is visible: confirmed', () => {
    const a = settled(primary().asked(paying('p', 3)));
    a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED)));
    expect(a.entries.at(-1)?.body).toEqual({ type: 'settle', group: BANK, number: 1, outcome: ACCEPTED, index: 7 });
    expect(replies(a)).toEqual([]);
    settled(a);
    expect(a.state).toEqual({ total: 7, reserved: 0 });
    const { index, lamport } = the(a.entries.at(-1));
    const rests = [{ group: BANK, index: 7 }];
    expect(replies(a)).toEqual([
      { type: 'done', id: 'ask-p', outcome: { type: 'accepted', value: 7 }, index, lamport, rests },
    ]);
    expect(lamport).toBe(51);
  });

  test('Who was copied a result while its call was under way remembers it to the letter as whoever was not', () => {
    const a = settled(primary().asked(paying('p', 3)));
    const own = machineOf(a.replica);
    const copied = decodeSnapshot(encodeSnapshot({ ...a.replica.snapshot, machine: own }));
    if (copied.type === 'rejected') throw new TypeError(copied.reason);
    a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED)));
    const settle = the(a.entries.at(-1));
    const [first, second] = [own, machineOf({ ...a.replica, machine: copied.value.machine })].map((machine) =>
      JSON.stringify(applyEntry(counter, machine, settle).machine.results.get('p')),
    );
    expect(second).toBe(first);
  });

  test('Or compensated, in the same entry', () => {
    const a = settled(primary().asked(paying('p', 3)));
    settled(a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, REFUSED))));
    expect(a.state).toEqual({ total: 10, reserved: 0 });
    expect(replies(a)).toMatchObject([{ id: 'ask-p', outcome: REFUSED }]);
  });

  test('An answer that comes again, before or after it is visible, proposes nothing', () => {
    const a = settled(primary().asked(paying('p', 3)));
    const answer = repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED));
    a.hears(X, answer).hears(X, answer);
    expect(operations(a)).toEqual([]);
    settled(a).hears(X, answer);
    expect(operations(a)).toEqual([]);
    expect(a.state).toEqual({ total: 7, reserved: 0 });
  });

  test('Two settles in the log, by two primaries, resume the write once', () => {
    const a = settled(primary().asked(paying('p', 3)));
    a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED))).syncs();
    a.hears('B', heartbeat(epoch('2.B'), 1)).later(600);
    makePrimary(a, 'B').hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED)));
    settled(a);
    expect(a.entries.filter(({ body }) => body.type === 'settle')).toHaveLength(1);
    expect(a.state).toEqual({ total: 7, reserved: 0 });

    const reader = new Actor('B', { configuration: THREE });
    const { epoch: by, body } = the(a.entries.find((entry) => entry.body.type === 'settle'));
    const again = written(the(a.entries.at(-1)), by, body);
    reader.hears('A', append(a.leading.epoch, last(reader), [...a.entries, ...again], a.entries.length + 1));
    expect(reader.replica.commit).toBe(a.entries.length + 1);
    expect(reader.state).toEqual({ total: 7, reserved: 0 });
    expect(machineOf(reader.replica).outgoing.get(BANK)).toMatchObject({ last: 1, settled: 1 });
  });

  test('Whoever asks for the write later gets the outcome it rests on; while it is pending it is attached', () => {
    const a = settled(primary().asked(paying('p', 3))).askedBy({ node: 'G', unit: 'front-end' }, paying('p', 3));
    expect(operations(a)).toEqual([]);
    settled(a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED))));
    expect(replies(a, { node: 'G', unit: 'front-end' })).toMatchObject([{ id: 'ask-p', outcome: { value: 7 } }]);
    expect(replies(a.asked(paying('p', 3)), CLIENT)).toMatchObject([{ rests: [{ group: BANK, index: 7 }] }]);
  });

  test('Everything up to the first unsettled call is settled, in whatever order outcomes come', () => {
    const a = settled(primary().asked(paying('p'), paying('q'), paying('r')));
    const through = (): number | undefined => machineOf(a.replica).outgoing.get(BANK)?.settled;
    settled(a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '2' }, ACCEPTED))));
    expect(through()).toBe(0);
    settled(a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED))));
    expect(through()).toBe(2);
    expect(machineOf(a.replica).outgoing.get(BANK)?.pending.keySeq().toArray()).toEqual([3]);
  });
});

describe('A call to a group that there is not', () => {
  const misspelt: typeof counter = {
    ...counter,
    apply(state, command, context) {
      const step = counter.apply(state, command, context);
      return 'call' in step ? { state: step.state, call: { ...step.call, group: 'bnak' } } : step;
    },
  };

  test('is refused, so that its write ends and what it reserved is given back', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE, app: misspelt }), 'B', 'C');
    settled(settled(a.asked(adding('u', 10))).asked(paying('p', 3)));
    expect(notes(a)).toContainEqual({ type: 'calls-no-group', group: 'bnak', pending: 1 });
    settled(a);
    expect(replies(a)).toMatchObject([
      { id: 'ask-p', outcome: { type: 'refused', reason: 'no group is called bnak' } },
    ]);
    expect(machineOf(a.replica).state).toEqual({ total: 10, reserved: 0 });
    expect(machineOf(a.replica).outgoing.get('bnak')?.pending.size).toBe(0);
  });

  test('is refused once, and so is the next one', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE, app: misspelt }), 'B', 'C');
    settled(a.asked(adding('u', 10)));
    settled(a.asked(paying('p', 3)));
    const { length } = a.entries;
    a.later(5_000);
    expect(a.entries).toHaveLength(length);
    settled(a);
    settled(settled(a.asked(paying('q', 4))));
    expect(machineOf(a.replica).state).toEqual({ total: 10, reserved: 0 });
  });
});

describe('Section 3.2: a change of primary', () => {
  test('A new primary takes up what is pending, once its no-op is visible', () => {
    const a = settled(primary().asked(paying('p', 3)));
    const b = new Actor('B', { configuration: THREE });
    b.takes({ type: 'led', group: BANK, primary: 'X', epoch: epoch('1.X') });
    b.hears('A', append(epoch('1.A'), last(b), a.entries, 3)).later(500);
    makePrimary(b, 'C').syncs();
    expect(callsTo(b)).toEqual([]);
    acknowledged(b, 'A', 'C');
    expect(notes(b)).toContainEqual({ type: 'resumes-calls', group: BANK, pending: 1 });
    expect(callsTo(b).map(({ number, uuid }) => [number, uuid])).toEqual([[1, 'p/bank/1']]);
  });

  test('Not knowing whom to call, it asks all servers of the group, and calls whoever is named', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
    settled(settled(a.asked(adding('u', 10))).asked(paying('p', 3)));
    expect(['X', 'Y'].map((node) => toBank(a.effects, node))).toEqual([[{ type: 'locate' }], [{ type: 'locate' }]]);
    a.hears({ node: 'Y', unit: BANK }, { type: 'located', epoch: epoch('1.X'), primary: 'X' });
    expect(callsTo(a)).toHaveLength(1);
  });

  test('It asks again every locateEvery, and wakes for it', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
    settled(settled(a.asked(adding('u', 10))).asked(paying('p', 3)));
    const { millis } = a;
    a.wakesOnTime();
    expect(a.millis - millis).toBe(50);
    expect(toBank(a.effects, 'X')).toEqual([{ type: 'locate' }]);
  });

  test('Told not-primary, it turns to whom the answer names', () => {
    const a = settled(primary().asked(paying('p', 3)));
    const refusal: Reply = { type: 'unserved', id: '1', reason: 'not-primary' };
    a.hears(X, repliesOf('Y', epoch('2.Y'), refusal));
    expect(operations(a)).toEqual([]);
    expect(callsTo(a.later(50).wakes(), 'Y').map(({ number }) => number)).toEqual([1]);
  });

  test('What a lower epoch of the other group answers is ignored', () => {
    const a = settled(primary().asked(paying('p', 3)));
    a.hears({ node: 'Y', unit: BANK }, { type: 'located', epoch: epoch('2.Y'), primary: 'Y' });
    a.hears(X, repliesOf('X', epoch('1.X'), done({ id: '1' }, ACCEPTED)));
    expect(operations(a)).toEqual([]);
  });

  test('A dead primary of the other group is looked for again', () => {
    const a = settled(primary().asked(paying('p', 3))).takes({ type: 'suspected', nodeId: 'X' });
    expect(toBank(a.effects, 'Y')).toEqual([{ type: 'locate' }]);
    expect(callsTo(a)).toEqual([]);
  });
});

describe('Section 3.3: the group that is called', () => {
  test('A call is an entry, executed once it is visible, and its outcome is kept for whoever asks again', () => {
    const a = primary().askedBy(X, calling(1));
    expect(a.entries.at(-1)?.body).toMatchObject({ type: 'call', from: BANK, number: 1 });
    settled(a);
    const { index, lamport } = the(a.entries.at(-1));
    const reply: Reply = { type: 'done', id: '1', outcome: { type: 'accepted', value: 11 }, index, lamport, rests: [] };
    expect(replies(a, X)).toEqual([reply]);
    a.askedBy(X, calling(1));
    expect(operations(a)).toEqual([]);
    expect(replies(a, X)).toEqual([reply]);
    expect(incoming(a)).toMatchObject({ cursor: 1 });
  });

  test('A repeat while it is under way is attached, and makes no second entry', () => {
    const a = primary()
      .askedBy(X, calling(1))
      .askedBy(X, { ...calling(1), id: 'again' });
    expect(operations(a)).toEqual([]);
    expect(replies(settled(a), X).map(({ id }) => id)).toEqual(['1', 'again']);
    expect(a.state).toEqual({ total: 11, reserved: 0 });
  });

  test('A batch in order is executed in order; behind a gap nothing is, and the caller is told to send again', () => {
    const a = settled(primary().askedBy(X, calling(1), calling(2), calling(4)));
    expect(replies(a, X)).toMatchObject([
      { type: 'done', id: '1', outcome: { value: 11 } },
      { type: 'done', id: '2', outcome: { value: 13 } },
      { type: 'unserved', id: '4', reason: 'behind' },
    ]);
    expect(incoming(a)?.cursor).toBe(2);
    expect(a.state).toEqual({ total: 13, reserved: 0 });
    settled(a.askedBy(X, calling(3), calling(4)));
    expect(a.state).toEqual({ total: 20, reserved: 0 });
  });

  test('A refusal is an outcome: it is stored, and blocks nothing behind it', () => {
    const a = settled(primary().askedBy(X, calling(1, { command: { type: 'add', by: -99 } }), calling(2)));
    expect(replies(a, X)).toMatchObject([
      { id: '1', outcome: { type: 'refused', reason: 'below zero' } },
      { id: '2', outcome: { type: 'accepted', value: 12 } },
    ]);
  });

  test.each([
    ['cannot be read', { type: 'swap' }, 'by is a number'],
    [
      'would make a call itself',
      { type: 'pay', by: 1 },
      'a command that another group calls makes no call itself, to bank',
    ],
  ])('So is the refusal of a command that %s', (_, command, reason) => {
    const a = settled(primary().askedBy(X, calling(1, { command }), calling(2)));
    expect(replies(a, X)).toMatchObject([
      { id: '1', outcome: { type: 'refused', reason } },
      { id: '2', outcome: { type: 'accepted', value: 12 } },
    ]);
    expect(a.state).toMatchObject({ reserved: 0 });
  });

  test('Outcomes that have reached the caller are forgotten, the cursor never is', () => {
    const a = settled(primary().askedBy(X, calling(1), calling(2)));
    settled(a.askedBy(X, calling(3, { settled: 2 })));
    expect(incoming(a)?.results.keySeq().toArray()).toEqual([3]);
    settled(a.askedBy(X, calling(1)));
    expect(replies(a, X)).toEqual([]);
    expect(incoming(a)?.cursor).toBe(3);
  });

  test('Each history of a group is a channel of its own', () => {
    const a = settled(primary().askedBy(X, calling(1), calling(1, { historyId: 'other' })));
    expect(a.state).toEqual({ total: 12, reserved: 0 });
  });

  test('A replica that is not primary executes none', () => {
    const b = new Actor('B', { configuration: THREE }).askedBy(X, calling(1));
    expect(replies(b, X)).toEqual([{ type: 'unserved', id: '1', reason: 'not-primary' }]);
  });
});

/** A call of the bank, as its primary X sends it. */
function calling(number: number, changes: Partial<Call> = {}): Call {
  const command = { type: 'add', by: number };
  const whence = { from: BANK, historyId: 'h', number, uuid: `c${number}`, settled: 0 };
  return { type: 'call', id: `${number}`, ...whence, command, ...changes };
}

/** What the actor remembers of the bank's calls. */
function incoming(actor: Actor): IncomingCalls | undefined {
  return machineOf(actor.replica).incoming.get('bank@h');
}

describe('§7.7: a Lamport time too far ahead to be followed in one step', () => {
  const far = 3 * JUMP_AT_MOST;

  test('has a call asked for again, until its entry has a later one than the entry that made it', () => {
    const x = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
    const item: Call = {
      type: 'call',
      id: '1',
      from: BANK,
      historyId: 'h',
      number: 1,
      uuid: 'p/1',
      settled: 0,
      command: { type: 'add', by: 1 },
    };
    const ask = (): Actor => x.hears(X, { type: 'requests', epoch: NO_EPOCH, lamport: far, items: [item] });
    for (let word = 0; word < 2; word += 1) {
      expect(replies(ask(), X)).toEqual([{ type: 'unserved', id: '1', reason: 'busy' }]);
    }
    ask();
    expect(x.entries.at(-1)).toMatchObject({ body: { type: 'call', number: 1 } });
    expect(x.entries.at(-1)?.lamport).toBeGreaterThan(far);
  });

  test('has an outcome asked for again, until the entry that settles it has a later one', () => {
    const a = settled(primary().asked(paying('p', 3)));
    const [call] = callsTo(a);
    const answer = repliesOf('X', epoch('1.X'), {
      type: 'done',
      id: the(call).id,
      outcome: ACCEPTED,
      index: 7,
      lamport: far,
      rests: [],
    });
    for (let word = 0; word < 2; word += 1) {
      const length = a.entries.length;
      a.hears(X, answer);
      expect(a.entries).toHaveLength(length);
      expect(callsTo(a.later(100).wakes())).toHaveLength(1);
    }
    a.hears(X, answer);
    expect(a.entries.at(-1)).toMatchObject({ body: { type: 'settle', number: 1 } });
    expect(a.entries.at(-1)?.lamport).toBeGreaterThan(far);
  });
});
