import { describe, expect, test } from 'vitest';
import { demote } from '../../../src/protocol/model/configuration.ts';
import type { Message } from '../../../src/protocol/model/messages.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { notes, replies, says, saysAtOnce, saysBehindDisk, sends } from '../../support/protocol/effects-of.ts';
import {
  acknowledged,
  Actor,
  attended,
  heard,
  makePrimary,
  servingPrimary,
} from '../../support/protocol/one-replica.ts';
import { acknowledgement, adding, cast, epoch, heartbeat } from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const FIRST = epoch('1.A');

const primary = (settings: Partial<Settings> = {}): Actor =>
  servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C');

/** The places of the entries of each append to `node`: `[first, last]`, or `[previous]` for an empty one. */
function appendsTo(actor: Actor, node: string): number[][] {
  return sends(actor, 'append').flatMap(({ to, message }) =>
    to !== node
      ? []
      : [
          [
            message.previousIndex + (message.entries.length && 1),
            ...message.entries.slice(-1).map(({ index }) => index),
          ],
        ],
  );
}

const mismatched = (previousIndex: number, from: number): Message => ({
  type: 'mismatched',
  epoch: FIRST,
  previousIndex,
  from,
  diskId: 'disk-of-B',
  incarnation: 1,
});

const inLife = (incarnation: number, message: Message): Message =>
  'incarnation' in message ? { ...message, incarnation } : message;
/** B and C have acknowledged all three entries. */
const acknowledgedBy = (...peers: string[]): Actor =>
  acknowledged(primary().asked(adding('u2'), adding('u3')).syncs(), ...peers);

describe('§2.7: a disk that has lost what it had acknowledged', () => {
  test('It is asked to acknowledge again, found out, and sent what it lacks; the primary says so', () => {
    const a = acknowledgedBy('B', 'C');
    a.hears('B', inLife(2, heard(a, 'B')));
    expect(appendsTo(a, 'B')).toEqual([[3]]);
    a.hears('B', inLife(2, mismatched(3, 3)));
    expect(notes(a)).toContainEqual({ type: 'forgets', nodeId: 'B', diskId: 'disk-of-B', had: 3, has: 2 });
    expect(appendsTo(a, 'B')).toEqual([[3, 3]]);
    expect(a.leading.progress['B']).toMatchObject({ match: 0, matchedIn: 2 });
    a.hears('B', inLife(2, acknowledgement('B', FIRST, 3)));
    expect(a.leading.progress['B']).toMatchObject({ match: 3, next: 4, probing: undefined });
  });

  test('What its earlier life says late does not count, and a refusal before its own acknowledgement is old news', () => {
    const a = acknowledgedBy('B', 'C').hears('B', inLife(2, mismatched(3, 3)));
    a.hears('B', acknowledgement('B', FIRST, 3));
    expect(a.leading.progress['B']).toMatchObject({ match: 0 });
    a.hears('B', inLife(2, acknowledgement('B', FIRST, 3))).hears('B', inLife(2, mismatched(3, 3)));
    expect(a.leading.progress['B']).toMatchObject({ match: 3 });
  });

  test('What no majority has any more is not safe, so no configuration is built on it; what is visible stays so', () => {
    const a = acknowledgedBy('B');
    expect([a.leading.raftCommit, a.replica.commit]).toEqual([3, 1]);
    a.hears('B', inLife(2, mismatched(3, 3)));
    expect([a.leading.raftCommit, a.replica.commit]).toEqual([1, 1]);
  });

  test('A learner gets its vote only by what its present life has acknowledged', () => {
    const learning = demote(THREE, 'C');
    const a = servingPrimary(new Actor('A', { configuration: learning, settings: { readmitAfter: 1_000 } }), 'B');
    attended(a, 900, 'B', 'C').hears('C', inLife(2, heard(a, 'C')));
    const stays = (): Actor => attended(a, 100, 'B').hears('C', inLife(2, heard(a, 'C', 1)));
    for (let beat = 0; beat < 20; beat += 1) stays();
    expect(a.voters).toEqual(['A', 'B']);
    a.hears('C', inLife(2, acknowledgement('C', FIRST, 1)));
    for (let beat = 0; beat < 3; beat += 1) stays();
    expect(a.voters).toEqual(['A', 'B', 'C']);
  });
});

describe('§4.1: finding the common point', () => {
  test('A secondary that lacks entries says from where, and gets them from there', () => {
    const a = primary()
      .asked(adding('u2'), adding('u3'))
      .hears('B', heartbeat(epoch('2.B'), 1))
      .later(600);
    const third = makePrimary(a, 'C').leading.epoch;
    expect(appendsTo(a, 'B')).toEqual([[4, 4]]);
    a.hears('B', { type: 'mismatched', epoch: third, previousIndex: 3, from: 1, diskId: 'disk-of-B', incarnation: 1 });
    expect(appendsTo(a, 'B')).toEqual([[1, 4]]);
  });

  test('It goes back by epochs, but never further than the place it was told, nor before what is known to match', () => {
    const a = primary().asked(adding('u2')).asked(adding('u3')).asked(adding('u4'));
    a.hears('B', acknowledgement('B', FIRST, 2)).hears('B', mismatched(3, 1));
    expect(appendsTo(a, 'B')).toEqual([[3, 4]]);
  });

  test('A refusal that has been overtaken by an acknowledgement changes nothing', () => {
    const a = acknowledged(primary().asked(adding('u2')), 'B').hears('B', mismatched(1, 1));
    expect(says(a, 'B')).toEqual([]);
    expect(a.leading.progress['B']).toMatchObject({ match: 2, next: 3 });
  });

  test('Of a window of refused appends only the first refusal counts, and the place it names is tried by one append', () => {
    const a = primary({ batchAtMost: 1, inFlightAtMost: 4 })
      .asked(adding('u2'))
      .asked(adding('u3'))
      .asked(adding('u4'));
    expect(a.leading.progress['B']).toMatchObject({ next: 5, inFlight: 3 });
    a.hears('B', mismatched(3, 3));
    expect(appendsTo(a, 'B')).toEqual([[3, 3]]);
    for (const place of [4, 3, 5]) {
      a.hears('B', mismatched(place, 3));
      expect(appendsTo(a, 'B')).toEqual([]);
    }
    a.hears('B', mismatched(2, 2));
    expect(appendsTo(a, 'B')).toEqual([[2, 2]]);
    a.hears('B', acknowledgement('B', FIRST, 2));
    expect(appendsTo(a, 'B')).toEqual([
      [3, 3],
      [4, 4],
    ]);
  });

  test('Answers to another epoch, of another disk or of a stranger count for nothing', () => {
    const a = primary().asked(adding('u2'));
    const before = a.leading.progress;
    a.hears('B', acknowledgement('B', epoch('1.B'), 2));
    a.hears('D', acknowledgement('D', FIRST, 2));
    expect(a.leading.progress).toEqual(before);
    a.hears('B', { type: 'appended', epoch: FIRST, match: 2, diskId: 'new', incarnation: 1 });
    expect(a.leading.progress['B']?.match).toBe(1);
  });

  test('A secondary that crashed and no longer knows how far it agrees is asked by an empty append', () => {
    const a = acknowledged(primary().asked(adding('u2')).syncs(), 'B', 'C');
    a.hears('B', heard(a, 'B', 2));
    expect(says(a, 'B')).toEqual([]);
    a.hears('B', heard(a, 'B', 0));
    expect(appendsTo(a, 'B')).toEqual([[2]]);
    expect(sends(a, 'append')[0]?.message.commit).toBe(2);
    a.hears('B', heard(a, 'B', 0));
    expect(says(a, 'B')).toEqual([]);
    a.hears('B', acknowledgement('B', FIRST, 2)).hears('B', heard(a, 'B', 2));
    expect(says(a, 'B')).toEqual([]);
  });
});

describe('§4.6: windows, batches and bounds', () => {
  test('Requests that come together are one entry batch, one append to each and one write', () => {
    const a = primary().asked(adding('u2'), adding('u3'));
    expect(appendsTo(a, 'B')).toEqual([[2, 3]]);
    expect(appendsTo(a, 'C')).toEqual([[2, 3]]);
    expect(saysBehindDisk(a, 'A')).toEqual([acknowledgement('A', FIRST, 3)]);
    expect(a.effects.filter(({ type }) => type === 'persist')).toHaveLength(1);
  });

  test('At most batchAtMost entries go into one append, and inFlightAtMost appends out without an answer', () => {
    const a = primary({ batchAtMost: 2, inFlightAtMost: 2 });
    a.asked(...['u2', 'u3', 'u4', 'u5', 'u6', 'u7'].map((uuid) => adding(uuid)));
    expect(appendsTo(a, 'B')).toEqual([
      [2, 3],
      [4, 5],
    ]);
    a.hears('B', acknowledgement('B', FIRST, 3));
    expect(appendsTo(a, 'B')).toEqual([[6, 7]]);
  });

  test('To somebody silent one append is enough', () => {
    const a = primary({ batchAtMost: 1 })
      .later(401)
      .hears('B', heard(a0(), 'B', 1));
    a.asked(adding('u2'), adding('u3'));
    expect(appendsTo(a, 'B')).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(appendsTo(a, 'C')).toEqual([[2, 2]]);
  });

  test('An append without an answer is sent again after resendAfter, at a heartbeat', () => {
    const a = primary().asked(adding('u2'));
    for (let beat = 1; beat <= 3; beat += 1) {
      a.wakesOnTime();
      expect(appendsTo(a, 'B')).toEqual([]);
      a.hears('B', heard(a, 'B', 1)).hears('C', heard(a, 'C', 1));
    }
    a.wakesOnTime();
    expect(appendsTo(a, 'B')).toEqual([[2, 2]]);
    expect(appendsTo(a, 'C')).toEqual([[2, 2]]);
  });

  test('So is one of which the network has brought the answer to another one twice', () => {
    const a = primary().asked(adding('u2')).asked(adding('u3')).asked(adding('u4'));
    for (let time = 0; time < 4; time += 1) a.hears('B', acknowledgement('B', FIRST, 2));
    const sentAgain: number[][] = [];
    for (let beat = 1; beat <= 5; beat += 1) {
      a.wakesOnTime();
      sentAgain.push(...appendsTo(a, 'B'));
      a.hears('B', heard(a, 'B', 2)).hears('C', heard(a, 'C', 1));
    }
    expect(sentAgain).toEqual([[3, 4]]);
  });

  test('Answers that keep coming put a resend off, however long the window is never empty', () => {
    const a = primary({ inFlightAtMost: 2 });
    a.asked(adding('u2'));
    for (let index = 3; index < 13; index += 1) {
      a.later(99)
        .asked(adding(`u${index}`))
        .hears('B', acknowledgement('B', FIRST, index - 1));
      a.later(1).wakes();
      expect(appendsTo(a, 'B')).toEqual([]);
    }
  });

  test('Beyond uncommittedAtMost a write is refused as busy, within a batch too', () => {
    const a = primary({ uncommittedAtMost: 2 }).asked(adding('u2'), adding('u3'), adding('u4'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u4', reason: 'busy' }]);
    a.asked(adding('u5'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u5', reason: 'busy' }]);
    acknowledged(a.syncs(), 'B', 'C').asked(adding('u5'));
    expect(replies(a)).toEqual([]);
  });
});

describe('the characters of writes that wait', () => {
  const size = JSON.stringify({ type: 'add', by: 1 }).length;

  test('From pendingSizeAtMost on a write is refused as busy, within a batch too, until one has its outcome', () => {
    const a = primary({ pendingSizeAtMost: 2 * size }).asked(adding('u2'), adding('u3'), adding('u4'));
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u4', reason: 'busy' }]);
    // Whoever asks again for what waits is no further weight, and is not refused.
    a.asked(adding('u3'));
    expect(replies(a)).toEqual([]);
    acknowledged(a.syncs(), 'B', 'C').asked(adding('u5'));
    expect(replies(a)).toEqual([]);
    expect(a.leading.pendingSize).toBe(size);
  });

  test('What a former primary left in the log counts, too', () => {
    const a = primary({ pendingSizeAtMost: 2 * size })
      .asked(adding('u2'), adding('u3'))
      .syncs();
    a.hears('B', heartbeat(epoch('2.B'), 1)).later(600);
    makePrimary(a, 'B').asked(adding('u4'));
    expect(a.leading.pendingSize).toBe(2 * size);
    expect(replies(a)).toEqual([{ type: 'unserved', id: 'ask-u4', reason: 'busy' }]);
  });
});

describe('§7.7: stamps', () => {
  test('Lamport time goes beyond the log and whatever was seen; wall time never goes back', () => {
    const a = primary();
    a.hears({ node: 'F', unit: 'front-end' }, { type: 'requests', epoch: FIRST, lamport: 41, items: [adding('u2')] });
    const { wall } = a;
    a.wall -= 5_000;
    a.asked(adding('u3'));
    expect(a.entries.slice(1).map((entry) => [entry.lamport, entry.wall])).toEqual([
      [42, wall],
      [43, wall],
    ]);
  });
});

test('What a primary hears from itself it counts like any other answer: only when its own disk has it', () => {
  const a = primary().asked(adding('u2'));
  acknowledged(a, 'B', 'C');
  expect(a.replica.commit).toBe(1);
  expect(saysAtOnce(a, 'A')).toEqual([]);
  a.syncs();
  expect(a.replica.commit).toBe(2);
  expect(notes(a)).toEqual([]);
});

/** Any primary of the first epoch that has sent its first heartbeat. */
function a0(): Actor {
  return makePrimary(new Actor('A', { configuration: THREE }), 'B');
}
