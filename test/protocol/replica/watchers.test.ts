import { describe, expect, test } from 'vitest';
import type { App } from '../../../src/protocol/model/app.ts';
import type { Body } from '../../../src/protocol/model/entry.ts';
import type { Message, Request, Token } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { BANK, counter, type CounterCommand } from '../../support/protocol/counter.ts';
import { atOnce, replies, says, sends, sendsIn } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  add,
  adding,
  append,
  cast,
  CLIENT,
  epoch,
  NOOP,
  paying,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');
const OTHER = { node: 'G', unit: 'front-end' };

/** A counter whose answers are kept by the amount: `add 3`. */
const keyed: App = {
  ...counter,
  invalidates: ({ type, by }: CounterCommand) => [`${type} ${by}`],
};

/** A, primary, with a total of 5 at index 2, visible everywhere. */
function primary(settings: Partial<Settings> = {}, app: App = keyed): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE, settings, app }), 'B', 'C')
    .asked(adding('u', 5))
    .syncs();
  return acknowledged(a, 'B', 'C');
}

function watch(from: number, id = 'w'): Message {
  return { type: 'watch', id, from };
}

function changed(from: number, to: number, keys: readonly string[] | undefined, answers?: string): Message {
  return { type: 'changed', epoch: FIRST, primary: 'A', historyId: 'history', from, to, keys, answers };
}

/** What was said to a front end of changes. */
function told(actor: Actor, node: string): readonly Message[] {
  return says(actor, node).filter(({ type }) => type === 'changed');
}

/** F watches from `from` on, and has been answered. */
function watched(a: Actor, from = 2): Actor {
  return a.hears(CLIENT, watch(from)).hears('B', heard(a, 'B', 2));
}

describe('§10.5: a primary says what changes', () => {
  test('It answers once a round of heartbeats has proved that it led after the question came', () => {
    const a = primary().hears(CLIENT, watch(0));
    expect(told(a, 'F')).toEqual([]);
    expect(sends(a, 'heartbeat').map(({ to }) => to)).toEqual(['B', 'C']);
    a.hears('B', heard(a, 'B', 2));
    expect(told(a, 'F')).toEqual([changed(0, 2, ['add 5'], 'w')]);
  });

  test('One that no quorum answers never does, and steps down without a word about it', () => {
    const a = primary({ quorumWithin: 100 }).hears(CLIENT, watch(0));
    for (let rounds = 0; a.replica.leading !== undefined; rounds += 1) {
      expect(rounds).toBeLessThan(9);
      a.wakesOnTime();
      expect(says(a, 'F')).toEqual([]);
    }
  });

  test('One that has just been elected answers only when the first entry of its epoch is visible', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE, app: keyed }), 'B', 'C').hears(CLIENT, watch(0));
    a.hears('B', heard(a, 'B'));
    expect(told(a, 'F')).toEqual([]);
    acknowledged(a.syncs(), 'B', 'C');
    expect(told(a, 'F')).toEqual([changed(0, 1, []), changed(0, 1, [], 'w')]);
  });

  test('Whoever watches hears of every entry in the step that makes it visible, before anybody hears what it came to', () => {
    const a = watched(primary()).asked(adding('v', 2), adding('w', 3)).syncs();
    acknowledged(a, 'B', 'C');
    const order = sendsIn(atOnce(a.effects)).filter(({ to }) => to.node === 'F');
    expect(order.map(({ message }) => message.type)).toEqual(['changed', 'replies']);
    expect(told(a, 'F')).toEqual([changed(2, 4, ['add 2', 'add 3'])]);
    expect(replies(a)).toHaveLength(2);
  });

  test('It tells everybody who watches, once each, and nobody else', () => {
    const a = watched(primary());
    a.hears(CLIENT, watch(2, 'again')).hears(OTHER, watch(2, 'other'));
    a.asked(adding('v', 2)).syncs();
    acknowledged(a, 'B', 'C');
    expect(told(a, 'F').filter((message) => message.type === 'changed' && message.answers === undefined)).toHaveLength(
      1,
    );
    expect(told(a, 'G').filter((message) => message.type === 'changed' && message.answers === undefined)).toHaveLength(
      1,
    );
    expect(sends(a, 'changed').filter(({ to }) => to !== 'F' && to !== 'G')).toEqual([]);
  });

  test('Of two questions of one front end in one round only the later is answered: it says the same', () => {
    const a = primary().hears(OTHER, watch(0, 'first'));
    a.hears(CLIENT, watch(0, 'one')).hears(CLIENT, watch(1, 'two'));
    a.hears('B', heard(a, 'B', 2)).hears('B', heard(a, 'B', 2));
    expect(told(a, 'F')).toEqual([changed(1, 2, ['add 5'], 'two')]);
  });

  test('Who has said nothing for witnessAfter is told nothing more', () => {
    const a = watched(primary({ witnessAfter: 1_000 }));
    const writes = (uuid: string) => {
      a.hears('B', heard(a, 'B', 2));
      return acknowledged(a.asked(adding(uuid, 2)).syncs(), 'B', 'C');
    };
    a.later(1_000);
    expect(told(writes('v'), 'F')).toHaveLength(1);
    a.later(1);
    expect(told(writes('w'), 'F')).toEqual([]);
    expect(a.leading.watchers).toEqual([]);
  });

  test('A secondary names the primary, as far as it knows one', () => {
    const b = new Actor('B', { configuration: THREE, app: keyed });
    b.hears('A', append(FIRST, last(b), written(last(b), FIRST, NOOP, add('u', 5)), 2)).hears(CLIENT, watch(0));
    expect(says(b, 'F')).toEqual([{ type: 'located', epoch: FIRST, primary: 'A' }]);
  });

  test('Other units than front ends are not told anything', () => {
    const a = primary().hears({ node: 'X', unit: BANK }, watch(0));
    expect(a.leading.watchers).toEqual([]);
    expect(a.hears('B', heard(a, 'B', 2)).effects).toEqual([]);
  });
});

describe('which keys', () => {
  test('A question from where the log no longer reaches, or from too far, is answered with any', () => {
    const a = primary({ snapshotEvery: 2, keepEntries: 0 });
    a.takes({ type: 'saved', index: 2 });
    expect(a.replica.log.base.index).toBe(2);
    expect(told(watched(a, 1), 'F')).toEqual([changed(1, 2, undefined, 'w')]);
    expect(told(watched(a, 2), 'F')).toEqual([changed(2, 2, [], 'w')]);
  });

  test('More keys than are named in one message are any', () => {
    const a = watched(primary());
    const many = Array.from({ length: 257 }, (_, by) => adding(`many-${by}`, by + 1));
    acknowledged(a.asked(...many).syncs(), 'B', 'C');
    expect(told(a, 'F')).toEqual([changed(2, 259, undefined)]);
    const few = Array.from({ length: 300 }, (_, by) => adding(`few-${by}`, (by % 256) + 1));
    acknowledged(a.asked(...few).syncs(), 'B', 'C');
    const [message] = told(a, 'F');
    expect(message?.type === 'changed' ? message.keys : []).toHaveLength(256);
  });

  test('An app that does not say what its commands touch may have changed anything with them, and nothing with a no-op', () => {
    const a = watched(primary({}, counter));
    expect(told(a, 'F')).toEqual([changed(2, 2, [], 'w')]);
    acknowledged(a.asked(adding('v', 2)).syncs(), 'B', 'C');
    expect(told(a, 'F')).toEqual([changed(2, 3, undefined)]);
  });

  test('A call counts as its command, and changes nothing where the app cannot read it', () => {
    const a = watched(primary());
    a.askedBy({ node: 'X', unit: BANK }, call(1, { type: 'add', by: 9 }), call(2, 'nonsense')).syncs();
    acknowledged(a, 'B', 'C');
    expect(told(a, 'F')).toEqual([changed(2, 4, ['add 9'])]);
  });

  test('The outcome of a call may change what its command invalidates; from the log alone it may be anything', () => {
    const a = watched(primary());
    acknowledged(a.asked(paying('p', 1)).syncs(), 'B', 'C');
    expect(told(a, 'F')).toEqual([changed(2, 3, ['pay 1'])]);
    const bank = { node: 'X', unit: BANK };
    a.hears(bank, { type: 'located', epoch: epoch('1.X'), primary: 'X' });
    const outcome = { type: 'accepted', value: null } as const;
    a.hears(bank, {
      type: 'replies',
      epoch: epoch('1.X'),
      primary: 'X',
      historyId: 'bank',
      items: [{ type: 'done', id: '1', outcome, index: 1, lamport: 1, rests: [] }],
    }).syncs();
    acknowledged(a, 'B', 'C');
    expect(told(a, 'F')).toEqual([changed(3, 4, ['pay 1'])]);
    expect(told(watched(a, 3), 'F')).toEqual([changed(3, 4, undefined, 'w')]);
  });

  test('What another epoch has left in the log is told of like the rest', () => {
    const bodies: readonly Body[] = [NOOP, add('x', 1), add('y', 2)];
    const b = new Actor('B', { configuration: THREE, app: keyed });
    b.hears('A', append(FIRST, last(b), written(last(b), FIRST, ...bodies), 1));
    b.later(5_000).wakes();
    makePrimary(b, 'C').hears(CLIENT, watch(0));
    acknowledged(b.syncs(), 'C', 'A');
    const seen = told(b, 'F');
    expect(seen[0]).toMatchObject({ from: 1, to: 4, keys: ['add 1', 'add 2'] });
  });
});

test('A watch asks for no more than the primary has: one that is said to be ahead is told where it stands', () => {
  const token: Token = { historyId: 'history', index: 99 };
  expect(told(watched(primary(), token.index), 'F')).toEqual([changed(2, 2, [], 'w')]);
});

function call(number: number, command: string | { readonly type: string; readonly by: number }): Request {
  return { type: 'call', id: `${number}`, from: BANK, historyId: 'h', number, uuid: `c${number}`, settled: 0, command };
}
