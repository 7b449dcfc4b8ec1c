import { describe, expect, test } from 'vitest';
import { NO_EPOCH } from '../../../src/protocol/model/epoch.ts';
import type { Message, Reply } from '../../../src/protocol/model/messages.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/protocol/model/settings.ts';
import { hearsPrimaryAt } from '../../../src/protocol/replica/follower.ts';
import { notes, operations, replies, says, sends } from '../../support/protocol/effects-of.ts';
import { Actor, end, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import {
  adding,
  append,
  behind,
  campaign,
  cast,
  CLIENT,
  epoch,
  heartbeat,
  NOOP,
  toPeer,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const notPrimary = (id: string): Reply => ({ type: 'unserved', id, reason: 'not-primary' });
const total = (id: string) => ({ type: 'read', id, query: 'total', mode: 'linearizable', token: undefined }) as const;

/** A, primary of epoch 1, with a write, a read, a read index and a call that nobody has an answer to yet. */
function busyPrimary(): Actor {
  const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C').asked(adding('u1'), total('r1'));
  a.askedBy({ node: 'C', unit: 'counter' }, { type: 'index', id: 'q1' });
  const call = {
    from: 'bank',
    historyId: 'h',
    number: 1,
    uuid: 'c',
    settled: 0,
    command: { type: 'add', by: 1 },
  } as const;
  return a.askedBy({ node: 'X', unit: 'bank' }, { type: 'call', id: '1', ...call }).asked(total('r2'));
}

describe('§3.7: an outdated primary steps down', () => {
  test.each<[string, (a: Actor) => Actor]>([
    ['an append of a newer epoch', (a) => a.hears('B', append(epoch('2.B'), last(a), []))],
    ['a heartbeat of a newer epoch', (a) => a.hears('B', heartbeat(epoch('2.B'), 1))],
    ['a refusal that names a newer promise', (a) => a.hears('B', { type: 'outdated', promised: epoch('2.B') })],
    ['a vote for a newer candidate', (a) => a.later(501).hears('B', campaign(epoch('2.B'), end(a)))],
  ])('After %s; whoever waits for an outcome is told to ask elsewhere', (_, happens) => {
    const a = happens(busyPrimary());
    expect(a.replica.leading).toBeUndefined();
    expect(notes(a)).toContainEqual({ type: 'steps-down', epoch: epoch('1.A'), reason: 'outdated' });
    expect(replies(a)).toEqual(['ask-u1', 'r1', 'r2'].map(notPrimary));
    expect(replies(a, { node: 'X', unit: 'bank' })).toEqual([notPrimary('1')]);
    expect(replies(a, { node: 'C', unit: 'counter' })).toEqual([notPrimary('q1')]);
    expect(a.replica.election.counter).toBe(2);
  });

  test('It keeps the entries it could not commit: they may still be', () => {
    const a = busyPrimary().hears('B', { type: 'outdated', promised: epoch('2.B') });
    expect(a.entries.map(({ body }) => body.type)).toEqual(['noop', 'write', 'call']);
    expect(operations(a)).toEqual([]);
    expect(a.replica.promised).toEqual(epoch('1.A'));
  });

  test('What speaks for an epoch that is not newer does not unseat it', () => {
    const a = busyPrimary();
    a.hears('B', { type: 'outdated', promised: epoch('1.A') }).hears('B', heartbeat(epoch('0.B'), 1));
    expect(says(a, 'B')).toEqual([{ type: 'outdated', promised: epoch('1.A') }]);
    expect(a.leading.epoch).toEqual(epoch('1.A'));
  });
});

describe('§3.8: a primary that no quorum answers', () => {
  test.each<[string, Partial<Settings>]>([
    ['suspectAfter', {}],
    ['quorumWithin, if that is shorter', { suspectAfter: 450, quorumWithin: 400 }],
  ])('It takes no write after %s, and says busy', (_, settings) => {
    const a = servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C')
      .later(400)
      .asked(adding('u1'));
    expect(replies(a)).toEqual([]);
    a.later(1).asked(adding('u2'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u2', reason: 'busy' }]);
    expect(operations(a)).toEqual([]);
  });

  test('It takes no write while it suspects a majority, and stays in office: a hint ends no tenure', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
    a.takes({ type: 'suspected', nodeId: 'B' });
    expect(replies(a.asked(adding('u1')))).toEqual([]);
    a.takes({ type: 'suspected', nodeId: 'C' });
    expect(hearsPrimaryAt(a.replica, DEFAULT_SETTINGS, a.millis)).toBe(false);
    expect(replies(a.asked(adding('u2')))).toEqual([{ type: 'unserved', id: 'ask-u2', reason: 'busy' }]);
    expect(a.later(300).wakes().leading.epoch).toEqual(epoch('1.A'));
    a.hears('C', heard(a, 'C', 1));
    expect(hearsPrimaryAt(a.replica, DEFAULT_SETTINGS, a.millis)).toBe(true);
    expect(replies(a.asked(adding('u3')))).toEqual([]);
  });

  test('It steps down after twice quorumWithin, and falls silent', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C')
      .asked(adding('u1'))
      .later(1_000)
      .wakes();
    expect(a.leading.epoch).toEqual(epoch('1.A'));
    a.later(1).later(99).wakes();
    expect(a.replica.leading).toBeUndefined();
    expect(notes(a)).toEqual([{ type: 'steps-down', epoch: epoch('1.A'), reason: 'no-quorum' }]);
    expect(sends(a, 'heartbeat')).toEqual([]);
    expect(replies(a)).toEqual([notPrimary('ask-u1')]);
  });

  test('Any answer of a quorum keeps it in office: one of two others is enough', () => {
    const a = servingPrimary(new Actor('A', { configuration: THREE }), 'B', 'C');
    for (let beat = 0; beat < 15; beat += 1) a.wakesOnTime().hears('B', heard(a, 'B', 1));
    expect(a.leading.epoch).toEqual(epoch('1.A'));
    expect(replies(a.asked(adding('u1')))).toEqual([]);
  });

  test('Answers to a former epoch of its own do not count', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B').hears('C', heartbeat(epoch('2.C'), 1));
    makePrimary(a.later(1_000), 'B')
      .later(400)
      .hears('B', { type: 'heard', epoch: epoch('1.A'), beat: 9, agreed: 1, diskId: 'disk-of-B', incarnation: 1 });
    a.later(101).asked(adding('u1'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u1', reason: 'busy' }]);
  });
});

describe('Heartbeats', () => {
  test('A primary beats every heartbeatEvery, to voters and learners', () => {
    const [, , c] = THREE.voters;
    const configuration = { voters: THREE.voters.slice(0, 2), learners: c === undefined ? [] : [c] };
    const a = servingPrimary(new Actor('A', { configuration }), 'B');
    a.later(99).wakes();
    expect(sends(a, 'heartbeat')).toEqual([]);
    a.later(1).wakes();
    expect(sends(a, 'heartbeat').map(({ to }) => to)).toEqual(['B', 'C']);
  });

  test('They are answered without waiting for the disk', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP)));
    b.hears('A', heartbeat(epoch('1.A'), 2));
    expect(b.effects).toEqual([
      {
        type: 'send',
        to: { node: 'A', unit: 'counter' },
        message: { type: 'heard', epoch: epoch('1.A'), beat: 2, agreed: 1, diskId: 'disk-of-B', incarnation: 1 },
      },
    ]);
  });

  test('The first of a newer epoch waits for the promise', () => {
    const b = new Actor('B', { configuration: THREE }).hears('A', heartbeat(epoch('1.A'), 2));
    const heardIt: Message = {
      type: 'heard',
      epoch: epoch('1.A'),
      beat: 2,
      agreed: 0,
      diskId: 'disk-of-B',
      incarnation: 1,
    };
    expect(b.effects.filter(({ type }) => type !== 'note')).toEqual([
      behind([{ type: 'promise', epoch: epoch('1.A') }], toPeer('A', heardIt)),
    ]);
  });

  test('They tell a secondary what is visible, as far as the logs are known to agree', () => {
    const b = new Actor('B', { configuration: THREE });
    b.hears('A', append(epoch('1.A'), last(b), written(last(b), epoch('1.A'), NOOP, NOOP)));
    b.hears('A', heartbeat(epoch('1.A'), 2, 1));
    expect(b.replica.commit).toBe(1);
    b.hears('C', heartbeat(epoch('2.C'), 1, 2));
    expect(b.replica).toMatchObject({ commit: 1, agreed: 1 });
  });

  test.each<[Message['type'], (b: Actor) => Message]>([
    ['heartbeat', () => heartbeat(epoch('1.A'), 1)],
    ['append', (b) => append(epoch('1.A'), last(b), [])],
  ])('An epoch has one primary: no %s of it counts that another node has sent', (_, messageTo) => {
    const b = new Actor('B', { configuration: THREE });
    const before = b.replica;
    b.hears('C', messageTo(b));
    expect(b.effects).toEqual([]);
    expect(b.replica).toEqual(before);
  });

  test('Whoever asks for the primary is told the epoch and its node, or that there is none', () => {
    const b = new Actor('B', { configuration: THREE }).hears(CLIENT, { type: 'locate' });
    expect(says(b, 'F')).toEqual([{ type: 'located', epoch: NO_EPOCH, primary: undefined }]);
    b.hears('A', heartbeat(epoch('1.A'), 1)).hears(CLIENT, { type: 'locate' });
    expect(says(b, 'F')).toEqual([{ type: 'located', epoch: epoch('1.A'), primary: 'A' }]);
    b.hears('C', campaign(epoch('2.C')))
      .later(500)
      .hears('C', campaign(epoch('2.C')))
      .hears(CLIENT, { type: 'locate' });
    expect(says(b, 'F')).toEqual([{ type: 'located', epoch: epoch('2.C'), primary: undefined }]);
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B').hears(CLIENT, { type: 'locate' });
    expect(says(a, 'F')).toEqual([{ type: 'located', epoch: epoch('1.A'), primary: 'A' }]);
  });
});
