import { describe, expect, test } from 'vitest';
import type { Reply, Unserved } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { machineOf } from '../../../src/protocol/replica/replica.ts';
import { notes, operations, replies } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  add,
  adding,
  append,
  cast,
  CLIENT,
  epoch,
  heartbeat,
  NOOP,
  the,
  WALL,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const OTHER = { node: 'G', unit: 'front-end' };
const MINUTE = 60_000;

const primary = (settings: Partial<Settings> = {}): Actor =>
  servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C');

/** The actor's disk and all others have its log. */
const settled = (actor: Actor): Actor => acknowledged(actor.syncs(), 'B', 'C');

const done = (uuid: string, value: number, index: number): Reply => ({
  type: 'done',
  id: `ask-${uuid}`,
  outcome: { type: 'accepted', value },
  index,
  lamport: index,
  rests: [],
});

const unserved = (uuid: string, reason: Unserved): Reply => ({ type: 'unserved', id: `ask-${uuid}`, reason });

describe('§7.2: a uuid that is known makes no second entry', () => {
  test('While the write is under way, whoever asks is attached to it, and all get its outcome', () => {
    const a = primary().asked(adding('u', 5)).askedBy(OTHER, adding('u', 5));
    expect(operations(a)).toEqual([]);
    expect(notes(a)).toEqual([{ type: 'suppresses-duplicate', uuid: 'u' }]);
    settled(a);
    expect(replies(a)).toEqual([done('u', 5, 2)]);
    expect(replies(a, OTHER)).toEqual([done('u', 5, 2)]);
    expect(a.state).toEqual({ total: 5, reserved: 0 });
  });

  test('One who asks twice is answered once', () => {
    const a = settled(primary().asked(adding('u', 5)).asked(adding('u', 5)));
    expect(replies(a)).toEqual([done('u', 5, 2)]);
  });

  test('Twice in one batch is once in the log', () => {
    const a = primary().asked(adding('u', 5), { ...adding('u', 5), id: 'again' });
    expect(a.entries).toHaveLength(2);
    expect(replies(settled(a)).map(({ id }) => id)).toEqual(['ask-u', 'again']);
  });

  test('Later the stored outcome comes back at once, refusals too, as it was then', () => {
    const a = settled(settled(primary().asked(adding('u', 5))).asked(adding('v', -9), adding('w', 1)));
    a.asked(adding('u', 5), adding('v', -9));
    expect(operations(a)).toEqual([]);
    expect(replies(a)).toEqual([
      done('u', 5, 2),
      { ...done('v', 0, 3), outcome: { type: 'refused', reason: 'below zero' } },
    ]);
    expect(a.state).toEqual({ total: 6, reserved: 0 });
  });

  test('After an election the new primary attaches to what it inherited', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP, add('u', 5)))).later(500);
    makePrimary(b, 'C').asked(adding('u', 5));
    expect(operations(b)).toEqual([]);
    acknowledged(b.syncs(), 'A', 'C');
    expect(replies(b)).toEqual([{ ...done('u', 5, 2) }]);
  });

  test('A uuid with another command is refused, under way and later', () => {
    const a = primary().asked(adding('u', 5)).asked(adding('u', 6));
    expect(replies(a)).toEqual([unserved('u', 'reused')]);
    settled(a).asked(adding('u', 6));
    expect(replies(a)).toEqual([unserved('u', 'reused')]);
    expect(a.entries).toHaveLength(2);
  });

  test('A malformed command is refused whatever its uuid, and leaves no trace', () => {
    const a = primary();
    const before = a.replica.leading;
    a.asked({ type: 'write', id: 'ask-u', uuid: 'u', issuedAt: WALL, command: { type: 'steal' } });
    expect(replies(a)).toEqual([unserved('u', 'malformed')]);
    expect(a.replica.leading).toEqual(before);
  });
});

describe('§7.3: the truth is at apply', () => {
  test('The same write twice in the log is applied once, on every replica', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP, add('u', 5), add('u', 5)), 3));
    expect(b.replica.commit).toBe(3);
    expect(b.state).toEqual({ total: 5, reserved: 0 });
    expect(machineOf(b.replica).results.get('u')).toMatchObject({ index: 2, outcome: { type: 'accepted', value: 5 } });
    expect(machineOf(b.replica).order.toArray()).toEqual(['u']);
  });

  test('A uuid with another command in the log changes nothing', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP, add('u', 5), add('u', 6)), 3));
    expect(b.state).toEqual({ total: 5, reserved: 0 });
  });

  test('A request older than dedupeFor by the time of its entry has expired and is not applied', () => {
    const a = primary().asked(adding('old', 5, WALL - 10 * MINUTE));
    const late = a.wall - WALL;
    settled(a);
    expect(late).toBeGreaterThan(0);
    expect(replies(a)).toEqual([unserved('old', 'expired')]);
    settled(a.asked(adding('exact', 5, a.wall - 10 * MINUTE)));
    expect(replies(a)).toEqual([done('exact', 5, 3)]);
    expect(a.state).toEqual({ total: 5, reserved: 0 });
    expect(machineOf(a.replica).results.has('old')).toBe(false);
  });

  test('A request from further ahead than dedupeMargin is refused: it would outlive its own result', () => {
    const a = primary();
    settled(a.asked(adding('early', 5, a.wall + MINUTE + 1), adding('just', 5, a.wall + MINUTE)));
    expect(replies(a)).toEqual([unserved('early', 'early'), done('just', 5, 3)]);
  });

  test('A result is forgotten only when no request with its uuid could still be timely', () => {
    const a = settled(primary().asked(adding('u', 5)));
    expect(the(machineOf(a.replica).results.get('u')).issuedAt).toBe(WALL);
    a.reaches(WALL + 10 * MINUTE);
    settled(a.asked(adding('v', 1, a.wall)));
    expect(machineOf(a.replica).results.has('u')).toBe(true);
    a.reaches(WALL + 10 * MINUTE + 1);
    settled(a.asked(adding('w', 1, a.wall)));
    expect(machineOf(a.replica).results.has('u')).toBe(false);
    expect(machineOf(a.replica).order.toArray()).toEqual(['v', 'w']);
    settled(a.asked(adding('u', 5, WALL)));
    expect(replies(a)).toEqual([unserved('u', 'expired')]);
    expect(a.state).toEqual({ total: 7, reserved: 0 });
  });

  test('It is forgotten by the wall time of entries, so everywhere at the same entry', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP, add('u', 5)), 2));
    b.later(12 * MINUTE).hears('A', heartbeat(epoch('1.A'), 1, 2));
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), add('v')), 3));
    expect(machineOf(b.replica).order.toArray()).toEqual(['u', 'v']);
  });

  test('One entry forgets a few at most, and still more than it remembers', () => {
    const a = primary();
    settled(a.asked(...Array.from({ length: 40 }, (_, number) => adding(`u${number}`))));
    a.reaches(a.wall + 12 * MINUTE);
    const sizes = ['v', 'w', 'x'].map((uuid) => {
      settled(a.asked(adding(uuid, 1, a.wall)));
      return machineOf(a.replica).results.size;
    });
    expect(sizes).toEqual([25, 10, 3]);
  });
});

describe('§7.5: at the cap', () => {
  test('New writes are refused as busy, known ones are not, and nothing is forgotten early', () => {
    const a = settled(primary({ dedupeAtMost: 2 }).asked(adding('u', 1), adding('v', 1)));
    a.asked(adding('w', 1), adding('u', 1));
    expect(replies(a)).toEqual([unserved('w', 'busy'), done('u', 1, 2)]);
    expect(machineOf(a.replica).order.toArray()).toEqual(['u', 'v']);
  });

  test('Unless the oldest is due to be forgotten: the next entry makes room', () => {
    const a = settled(primary({ dedupeAtMost: 2 }).asked(adding('u', 1), adding('v', 1)));
    a.reaches(a.wall + 11 * MINUTE + 1);
    settled(a.asked(adding('w', 1, a.wall)));
    expect(replies(a)).toEqual([{ ...done('w', 3, 4) }]);
    expect(machineOf(a.replica).order.toArray()).toEqual(['w']);
  });

  test('A write that waits for another group is not forgotten, and makes no room', () => {
    const a = settled(primary({ dedupeAtMost: 2 }).asked(adding('u', 5)));
    settled(a.asked({ type: 'write', id: 'ask-p', uuid: 'p', issuedAt: WALL, command: { type: 'pay', by: 1 } }));
    a.reaches(a.wall + 11 * MINUTE + 1);
    settled(a.asked(adding('v', 1, a.wall)));
    settled(a.asked(adding('w', 1, a.wall)));
    expect(machineOf(a.replica).order.toArray()).toEqual(['p', 'v']);
    expect(replies(a.asked(adding('w', 1, a.wall)), CLIENT)).toEqual([unserved('w', 'busy')]);
  });
});
