import { describe, expect, test } from 'vitest';
import { NO_EPOCH, type NodeId } from '../../../src/protocol/model/epoch.ts';
import { chain } from '../../../src/protocol/model/log.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import { hashValue } from '../../../src/protocol/model/value-hash.ts';
import {
  atOnce,
  notes,
  operations,
  says,
  saysAtOnce,
  saysBehindDisk,
  sends,
} from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, end, last, makePrimary } from '../../support/protocol/one-replica.ts';
import {
  add,
  append,
  behind,
  campaign,
  cast,
  diskOf,
  epoch,
  grant,
  heartbeat,
  NOOP,
  ok,
  the,
  toPeer,
  written,
} from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const WITH_WITNESS = cast({ A: 2, B: 1 }, { W: 1 });

const refusal = (actor: Actor, to = epoch('9.X')): Message => ({
  type: 'voted',
  epoch: to,
  granted: false,
  promised: actor.replica.promised,
  diskId: diskOf(actor.name),
});

/** B, which has one entry of A's first epoch, committed by nobody. */
function follower(name: NodeId = 'B'): Actor {
  const actor = new Actor(name, { configuration: THREE });
  return actor.hears('A', append(epoch('1.A'), last(actor), written(last(actor), epoch('1.A'), NOOP, add('u1'))));
}

describe('§3.5: a vote', () => {
  test('A grant promises the epoch, and leaves only behind its persist', () => {
    const b = new Actor('B', { configuration: THREE }).hears('C', campaign(epoch('1.C')));
    expect(b.replica.promised).toEqual(epoch('1.C'));
    expect(b.effects).toEqual([
      behind([{ type: 'promise', epoch: epoch('1.C') }], toPeer('C', grant('B', epoch('1.C')))),
    ]);
  });

  test.each(['1.C', '2.B', '2.C'] as const)(
    'A candidate of epoch %s is refused by a voter that has promised 2.C',
    (text) => {
      const b = new Actor('B', { configuration: THREE }).hears('C', campaign(epoch('2.C')));
      b.hears('C', campaign(epoch(text)));
      expect(saysAtOnce(b, 'C')).toEqual([refusal(b, epoch(text))]);
      expect(operations(b)).toEqual([]);
      expect(b.replica.promised).toEqual(epoch('2.C'));
    },
  );

  test('A candidate whose log is older is refused, by epoch before length', () => {
    const b = follower().later(500);
    for (const older of [
      { epoch: NO_EPOCH, index: 0 },
      { epoch: epoch('1.A'), index: 1 },
      { epoch: NO_EPOCH, index: 99 },
    ]) {
      b.hears('C', campaign(epoch('9.X'), older));
      expect(says(b, 'C')).toEqual([refusal(b)]);
    }
    b.hears('C', campaign(epoch('9.X'), { epoch: epoch('1.A'), index: 2 }));
    expect(saysBehindDisk(b, 'C')).toEqual([grant('B', epoch('9.X'))]);
  });

  test('A longer log of an older epoch does not beat a shorter one of a newer epoch', () => {
    const b = follower();
    b.hears('C', append(epoch('2.C'), last(b), written(last(b), epoch('2.C'), NOOP))).later(500);
    b.hears('X', campaign(epoch('9.X'), { epoch: epoch('1.A'), index: 50 }));
    expect(says(b, 'X')).toEqual([refusal(b)]);
  });

  test('A refusal never changes the promise, nor anything else but the highest counter seen', () => {
    const b = follower().later(499);
    const before = b.replica;
    b.hears('C', campaign(epoch('9.X'), end(b)));
    expect(b.replica).toEqual({ ...before, election: { ...before.election, counter: 9 } });
    expect(atOnce(b.effects)).toEqual(b.effects);
  });

  test('A voter that heard its primary within electAfter refuses, whatever the epoch; one millisecond later it grants', () => {
    const b = follower().later(499);
    expect(says(b.hears('C', campaign(epoch('9.X'), end(b))), 'C')).toEqual([refusal(b)]);
    expect(says(b.later(1).hears('C', campaign(epoch('9.X'), end(b))), 'C')).toEqual([grant('B', epoch('9.X'))]);
  });

  test('A hint that the primary is dead ends the loyalty to it', () => {
    const b = follower().takes({ type: 'suspected', nodeId: 'A' });
    expect(says(b.hears('C', campaign(epoch('9.X'), end(b))), 'C')).toEqual([grant('B', epoch('9.X'))]);
  });

  test('A primary refuses its vote while a quorum of votes answers it, and grants it when none does', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B').later(400);
    expect(says(a.hears('C', campaign(epoch('9.X'), end(a))), 'C')).toEqual([refusal(a)]);
    a.later(1).hears('C', campaign(epoch('9.X'), end(a)));
    expect(says(a, 'C')).toEqual([grant('A', epoch('9.X'))]);
    expect(a.replica.leading).toBeUndefined();
  });

  test('A witness compares what it keeps of the log, and grants and refuses by the same rule', () => {
    const w = new Actor('W', { configuration: WITH_WITNESS });
    w.hears('A', append(epoch('1.A'), last(w), written(last(w), epoch('1.A'), NOOP))).later(500);
    expect(says(w.hears('B', campaign(epoch('2.B'))), 'B')).toEqual([refusal(w, epoch('2.B'))]);
    expect(saysBehindDisk(w.hears('B', campaign(epoch('3.B'), end(w))), 'B')).toEqual([grant('W', epoch('3.B'))]);
  });
});

describe('§3.4: a campaign', () => {
  test('A candidate persists its own promise before anybody is asked for a vote, and before it counts its own', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime();
    a.hears('B', ok(1));
    const ask = campaign(epoch('1.A'));
    expect(a.replica.promised).toEqual(epoch('1.A'));
    expect(notes(a)).toEqual([{ type: 'campaigns', epoch: epoch('1.A') }]);
    expect(a.effects.filter(({ type }) => type !== 'note')).toEqual([
      behind(
        [{ type: 'promise', epoch: epoch('1.A') }],
        toPeer('B', ask),
        toPeer('C', ask),
        toPeer('A', grant('A', epoch('1.A'))),
      ),
    ]);
    expect(a.replica.election.phase).toMatchObject({ type: 'campaigning', granted: [] });
  });

  test('An epoch goes beyond every counter that anybody has mentioned', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime();
    a.hears('C', { type: 'answer', round: 1, verdict: 'ok', promised: epoch('7.C') });
    expect(a.replica.promised).toEqual(epoch('8.A'));
  });

  test('Half of all votes make no primary, one more does', () => {
    const a = new Actor('A', { configuration: cast({ A: 4, B: 3, C: 2, D: 1 }) }).wakesOnTime();
    a.hears('B', ok(1)).hears('C', ok(1)).syncs();
    a.hears('B', grant('B', epoch('1.A')));
    expect(a.replica.leading).toBeUndefined();
    a.hears('C', grant('C', epoch('1.A')));
    expect(a.leading.epoch).toEqual(epoch('1.A'));
  });

  test('A vote counts once, however often it arrives', () => {
    const a = new Actor('A', { configuration: cast({ A: 4, B: 3, C: 2, D: 1 }) }).wakesOnTime();
    a.hears('B', ok(1)).hears('C', ok(1)).syncs();
    for (let time = 0; time < 3; time += 1) a.hears('B', grant('B', epoch('1.A')));
    expect(a.replica.leading).toBeUndefined();
  });

  test('Votes weigh: a witness with two votes and the candidate outvote two others', () => {
    const a = new Actor('A', { configuration: cast({ A: 3, B: 2, C: 1 }, { W: 2 }) }).wakesOnTime();
    a.hears('W', ok(1))
      .syncs()
      .hears('W', grant('W', epoch('1.A')));
    expect(a.leading.epoch).toEqual(epoch('1.A'));
  });

  test.each([
    ['refused', { ...grant('B', epoch('1.A')), granted: false }],
    ['for another epoch', grant('B', epoch('1.B'))],
    ['from a disk that is not the voter’s', { ...grant('B', epoch('1.A')), diskId: 'new' }],
  ])('A vote that is %s does not count', (_, vote) => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', ok(1)).syncs();
    a.hears('B', vote);
    expect(a.replica.leading).toBeUndefined();
  });

  test('A vote of somebody who is no voter does not count', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', ok(1)).syncs();
    a.hears('D', grant('D', epoch('1.A')));
    expect(a.replica.leading).toBeUndefined();
  });

  test('A vote that comes after a newer promise elects nobody', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', ok(1)).syncs();
    a.hears('C', campaign(epoch('2.C'))).hears('B', grant('B', epoch('1.A')));
    expect(a.replica.leading).toBeUndefined();
    expect(a.replica.promised).toEqual(epoch('2.C'));
  });

  test('A primary’s first act is a no-op of its epoch, which announces it to all, before its own disk has it', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B');
    const { base } = a.replica.log;
    expect(a.entries).toEqual([chain(base, epoch('1.A'), { lamport: 0, wall: a.wall }, NOOP)]);
    for (const peer of ['B', 'C']) {
      expect(saysAtOnce(a, peer)).toEqual([
        expect.objectContaining({
          type: 'append',
          epoch: epoch('1.A'),
          previousIndex: 0,
          entries: a.entries,
          commit: 0,
        }),
        { type: 'heartbeat', epoch: epoch('1.A'), beat: 1, commit: 0 },
      ]);
    }
    expect(operations(a)).toEqual([{ type: 'append', entries: a.entries }]);
    expect(saysBehindDisk(a, 'A')).toEqual([
      { type: 'appended', epoch: epoch('1.A'), match: 1, diskId: diskOf('A'), incarnation: 1 },
    ]);
    expect(a.leading).toMatchObject({ first: 1, raftCommit: 0 });
  });

  test.each([
    ['witness', new Actor('W', { configuration: WITH_WITNESS })],
    ['learner', new Actor('L', { configuration: { ...THREE, learners: cast({ L: 9 }).voters } })],
    ['stranger', new Actor('S', { configuration: THREE })],
    [
      'voter under another disk',
      new Actor('A', { configuration: { voters: [{ ...the(THREE.voters[0]), diskId: 'old' }], learners: [] } }),
    ],
  ])('A %s never stands', (_, actor) => {
    expect(actor.replica.election.standAt).toBeUndefined();
    actor.hears('C', { type: 'election', round: 1, end: { epoch: NO_EPOCH, index: 0 }, transfer: false });
    expect(sends(actor, 'answer').map(({ message }) => message.verdict)).toEqual(['ok']);
    actor.takes({ type: 'suspected', nodeId: 'A' }).later(60_000).wakes();
    expect(actor.effects).toEqual([]);
    expect(actor.replica.election.phase).toEqual({ type: 'resting' });
  });

  test('A candidate that is not elected in time rests, and keeps its promise', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', ok(1)).syncs();
    a.wakesOnTime();
    expect(a.replica.election.phase).toEqual({ type: 'resting' });
    expect(a.replica.promised).toEqual(epoch('1.A'));
    expect(a.replica.election.standAt).toBe(a.millis + 100);
  });

  test('A campaign ends at once when so many refuse that it cannot be won, and not before', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', ok(1)).syncs();
    const refused = { type: 'voted', epoch: epoch('1.A'), granted: false, promised: epoch('1.C') } as const;
    a.hears('B', { ...refused, diskId: diskOf('B') });
    expect(a.replica.election.phase.type).toBe('campaigning');
    a.hears('C', { ...refused, diskId: diskOf('C') });
    expect(a.replica.election).toMatchObject({ phase: { type: 'resting' }, standAt: a.millis + 100 });
  });

  test('The same step from the same state does the same, and changes nothing it was given', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B');
    const before = hashValue(JSON.parse(JSON.stringify(a.replica)));
    const replica = a.replica;
    acknowledged(a, 'B');
    expect(hashValue(JSON.parse(JSON.stringify(replica)))).toBe(before);
  });

  test('A heartbeat of a newer epoch ends a campaign', () => {
    const a = new Actor('A', { configuration: THREE }).wakesOnTime().hears('B', ok(1)).syncs();
    a.hears('C', heartbeat(epoch('2.C'), 1));
    expect(a.replica.election).toMatchObject({ primary: 'C', phase: { type: 'resting' } });
  });
});
