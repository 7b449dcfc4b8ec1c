import { describe, expect, test } from 'vitest';
import { configurationOf } from '../../../src/protocol/model/configuration.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { firstConfiguration } from '../../../src/protocol/model/topology.ts';
import { notes, sends } from '../../support/protocol/effects-of.ts';
import { acknowledged, Actor, heard, last, makePrimary, servingPrimary } from '../../support/protocol/one-replica.ts';
import { acknowledgement, adding, cast, epoch, heartbeat, member } from '../../support/protocol/replica-script.ts';

const THREE = cast({ A: 3, B: 2, C: 1 });
const WITHOUT_C = configurationOf([member('A', 3), member('B', 2)], [member('C', 1)]);
const FIRST = epoch('1.A');

const primary = (settings: Partial<Settings> = {}): Actor =>
  servingPrimary(new Actor('A', { configuration: THREE, settings }), 'B', 'C');

/** A, whose group has removed C and made that safe and visible. C is still sent everything. */
function without(settings: Partial<Settings> = {}): Actor {
  return acknowledged(pass(primary(settings), 1_500, 'B').syncs(), 'B');
}

/** Heartbeats go out and `peers` answer them, for so long. */
function pass(actor: Actor, millis: number, ...peers: readonly string[]): Actor {
  for (const until = actor.millis + millis; actor.millis < until;) {
    actor.wakesOnTime();
    for (const peer of peers) actor.hears(peer, heard(actor, peer, actor.leading.progress[peer]?.match));
  }
  return actor;
}

describe('§5.3: removal', () => {
  test('A data voter silent for removeAfter loses its vote and becomes a learner', () => {
    const a = pass(primary(), 1_400, 'B');
    expect(a.voters).toEqual(['A', 'B', 'C']);
    a.wakesOnTime();
    expect(notes(a)).toEqual([{ type: 'proposes', change: 'remove', nodeId: 'C', configuration: WITHOUT_C }]);
    expect(a.configuration).toEqual(WITHOUT_C);
    expect(a.entries.at(-1)?.body).toEqual({ type: 'configuration', configuration: WITHOUT_C });
  });

  test('One that was suspected when the primary was elected goes at once, unless it took part in the election', () => {
    const b = new Actor('B', { configuration: THREE }).hears('A', heartbeat(FIRST, 1));
    b.takes({ type: 'suspected', nodeId: 'A' });
    makePrimary(b, 'C').syncs();
    expect(b.voters).toEqual(['A', 'B', 'C']);
    acknowledged(b, 'C');
    expect(b.voters).toEqual(['B', 'C']);

    const other = new Actor('B', { configuration: THREE }).hears('A', heartbeat(FIRST, 1));
    makePrimary(other.takes({ type: 'suspected', nodeId: 'A' }), 'A').syncs();
    expect(acknowledged(other, 'A').voters).toEqual(['A', 'B', 'C']);
  });

  test('One of which a hint says that it is dead goes after heartbeatEvery, but not if it is heard meanwhile', () => {
    const a = primary().takes({ type: 'suspected', nodeId: 'C' });
    expect(a.voters).toEqual(['A', 'B', 'C']);
    expect(pass(a, 100, 'B').voters).toEqual(['A', 'B']);

    const mistaken = primary().takes({ type: 'suspected', nodeId: 'C' });
    pass(mistaken.hears('C', heard(mistaken, 'C', 1)), 1_400, 'B');
    expect(mistaken.voters).toEqual(['A', 'B', 'C']);
    expect(pass(mistaken, 100, 'B').voters).toEqual(['A', 'B']);
  });

  test('A hint is taken back by any word of the node, also on another matter', () => {
    const a = pass(
      primary().takes({ type: 'suspected', nodeId: 'C' }).takes({ type: 'heard', nodeId: 'C' }),
      1_400,
      'B',
    );
    expect(a.voters).toEqual(['A', 'B', 'C']);
    expect(pass(a, 100, 'B').voters).toEqual(['A', 'B']);
  });

  test('A hint removes nobody who has just been heard, however soon it comes', () => {
    const a = pass(primary(), 1_000, 'B', 'C');
    expect(a.takes({ type: 'suspected', nodeId: 'C' }).voters).toEqual(['A', 'B', 'C']);
  });

  test('A witness is never removed: its votes let N−1 data servers die', () => {
    const a = servingPrimary(new Actor('A', { configuration: cast({ A: 2, B: 1 }, { W: 1 }) }), 'B');
    expect(pass(a, 10_000, 'B').voters).toEqual(['A', 'B', 'W']);
  });

  test('A data voter that is heard but more than lagAtMost entries behind for lagFor is removed', () => {
    const a = primary({ acknowledge: 'majority', lagAtMost: 3, lagFor: 2_000, stallFor: 60_000, resendAfter: 60_000 });
    a.asked(adding('u2'), adding('u3'), adding('u4')).syncs();
    a.hears('B', acknowledgement('B', FIRST, 4));
    expect(pass(a, 5_000, 'B', 'C').voters).toEqual(['A', 'B', 'C']);
    a.asked(adding('u5'))
      .syncs()
      .hears('B', acknowledgement('B', FIRST, 5));
    expect(pass(a, 1_900, 'B', 'C').voters).toEqual(['A', 'B', 'C']);
    expect(pass(a, 100, 'B', 'C').voters).toEqual(['A', 'B']);
  });

  test('A primary never removes itself, however slow its own disk', () => {
    const a = primary({ lagAtMost: 0, lagFor: 1_000 }).asked(adding('u2'));
    a.hears('B', acknowledgement('B', FIRST, 2)).hears('C', acknowledgement('C', FIRST, 2));
    expect(pass(a, 3_000, 'B', 'C').voters).toEqual(['A', 'B', 'C']);
  });
});

describe('§5.2: one change at a time', () => {
  const FIVE = cast({ A: 5, B: 4, C: 3, D: 2, E: 1 });

  test('The next one waits until the last one is safe', () => {
    const a = pass(servingPrimary(new Actor('A', { configuration: FIVE }), 'B', 'C', 'D', 'E'), 1_500, 'B', 'C');
    expect(a.voters).toEqual(['A', 'B', 'C', 'E']);
    expect(pass(a, 300, 'B', 'C').voters).toEqual(['A', 'B', 'C', 'E']);
    a.syncs().hears('B', acknowledgement('B', FIRST, 2));
    expect(a.voters).toEqual(['A', 'B', 'C', 'E']);
    a.hears('C', acknowledgement('C', FIRST, 2));
    expect(a.voters).toEqual(['A', 'B', 'C']);
  });

  test('An entry of the primary’s own epoch must be safe first, even when the newest configuration is', () => {
    const a = makePrimary(new Actor('A', { configuration: THREE }), 'B');
    expect(pass(a, 2_000, 'B').voters).toEqual(['A', 'B', 'C']);
    acknowledged(a.syncs(), 'B');
    expect(a.voters).toEqual(['A', 'B']);
  });

  test('It need not be visible: the dead voter would veto its own removal', () => {
    const a = acknowledged(makePrimary(new Actor('A', { configuration: THREE }), 'B').syncs(), 'B');
    expect(a.replica.commit).toBe(0);
    expect(pass(a, 1_500, 'B').voters).toEqual(['A', 'B']);
  });

  test('A configuration that a former primary left unsafe is made safe before another is proposed', () => {
    const a = pass(primary(), 1_500, 'B')
      .hears('B', heartbeat(epoch('2.B'), 1))
      .later(500);
    expect(a.voters).toEqual(['A', 'B']);
    makePrimary(a, 'B').syncs();
    expect(pass(a, 2_000, 'B', 'C').voters).toEqual(['A', 'B']);
    expect(a.leading.raftCommit).toBe(1);
  });
});

describe('§5.4: readmission', () => {
  test('A learner that was heard and caught up for readmitAfter votes again', () => {
    const a = acknowledged(without(), 'C');
    const since = a.millis;
    while (a.configuration.learners.length > 0) pass(a, 100, 'B', 'C');
    expect(a.millis - since).toBe(5_000);
    expect(a.configuration).toEqual(THREE);
    expect(a.entries.at(-1)?.body).toEqual({ type: 'configuration', configuration: THREE });
  });

  test('From then on it is waited for: what it lacks is not visible', () => {
    const a = pass(acknowledged(without(), 'C'), 5_000, 'B', 'C').syncs();
    acknowledged(a, 'B');
    expect(a.replica.commit).toBe(2);
    expect(acknowledged(a, 'C').replica.commit).toBe(3);
  });

  test('One that is not caught up does not, however long it is heard', () => {
    const a = without();
    expect(pass(a, 20_000, 'B', 'C').voters).toEqual(['A', 'B']);
  });

  test('No vote is taken on the word of peers that are suspected as well', () => {
    const a = servingPrimary(
      new Actor('A', { configuration: cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 1 }) }),
      'B',
      'C',
      'V',
    );
    for (const nodeId of ['B', 'C', 'W']) a.takes({ type: 'suspected', nodeId });
    expect(pass(a, 450, 'V').voters).toEqual(['A', 'B', 'C', 'V', 'W']);
  });

  test('Nor while a hint says that it is dead, though it was heard until then', () => {
    const a = pass(acknowledged(without(), 'C'), 4_900, 'B', 'C').takes({ type: 'suspected', nodeId: 'C' });
    expect(pass(a, 300, 'B').voters).toEqual(['A', 'B']);
    expect(pass(a, 200, 'B', 'C').voters).toEqual(['A', 'B', 'C']);
  });

  test('Silence starts the time anew', () => {
    const a = pass(acknowledged(without(), 'C'), 4_000, 'B', 'C');
    pass(a, 600, 'B');
    expect(pass(a, 4_900, 'B', 'C').voters).toEqual(['A', 'B']);
    expect(pass(a, 200, 'B', 'C').voters).toEqual(['A', 'B', 'C']);
  });

  test('The time doubles each time it comes back and is removed again', () => {
    const a = without({ readmitAfter: 1_000 });
    const waits: number[] = [];
    for (let flap = 0; flap < 3; flap += 1) {
      acknowledged(a, 'C');
      const since = a.millis;
      while (a.configuration.learners.length > 0) pass(a, 100, 'B', 'C');
      waits.push(a.millis - since);
      acknowledged(a.syncs(), 'B', 'C');
      while (a.configuration.learners.length === 0) pass(a, 100, 'B');
      acknowledged(a.syncs(), 'B');
    }
    expect(waits).toEqual([1_000, 2_000, 4_000]);
  });

  test('A node that comes back with another disk is somebody else: it is not counted', () => {
    const a = without();
    a.hears('C', { type: 'appended', epoch: FIRST, match: 2, diskId: 'new', incarnation: 1 });
    expect(pass(a, 20_000, 'B', 'C').voters).toEqual(['A', 'B']);
  });

  test('A learner receives the log and casts no vote that counts', () => {
    const a = without().asked(adding('u3'));
    expect(sends(a, 'append').map(({ to }) => to)).toEqual(['B']);
    a.hears('C', heard(a, 'C', 1));
    expect(sends(a, 'append').map(({ to }) => to)).toEqual(['C']);
    a.hears('C', acknowledgement('C', FIRST, 3)).syncs();
    expect(a.leading.raftCommit).toBe(2);
  });
});

describe('§5.6: the first configuration', () => {
  const topology = {
    clusterId: 'c',
    servers: ['s1', 's2', 's3'],
    frontEnds: ['f1', 'f2'],
    groups: ['events', 'users'],
  };
  test('Front ends share N−1 votes, and each group has its own highest rank', () => {
    const events = firstConfiguration(topology, 'events');
    const users = firstConfiguration(topology, 'users');
    const ranks = (configuration: typeof events): unknown =>
      configuration.voters.map(({ nodeId, votes, rank }) => [nodeId, votes, rank]);
    expect(ranks(events)).toEqual([
      ['f1', 1, 0],
      ['f2', 1, 0],
      ['s1', 1, 1],
      ['s2', 1, 2],
      ['s3', 1, 3],
    ]);
    expect(ranks(users)).toEqual([
      ['f1', 1, 0],
      ['f2', 1, 0],
      ['s1', 1, 3],
      ['s2', 1, 1],
      ['s3', 1, 2],
    ]);
  });

  test('Logs of clusters, groups, configurations or dedupe windows that differ never match', () => {
    const actors = [
      new Actor('A', { configuration: THREE }),
      new Actor('A', { configuration: WITHOUT_C }),
      new Actor('A', { configuration: THREE, settings: { dedupeFor: 1 } }),
      new Actor('A', { configuration: THREE, settings: { dedupeMargin: 1 } }),
    ];
    expect(new Set(actors.map((actor) => last(actor).hash)).size).toBe(4);
    expect(last(new Actor('B', { configuration: THREE }))).toEqual(last(new Actor('A', { configuration: THREE })));
  });

  test('A restart needs only a quorum of the newest configuration in the log, whatever the first one was', () => {
    const a = acknowledged(pass(primary(), 1_500, 'B').syncs(), 'B');
    const again = new Actor('A', {
      configuration: THREE,
      stored: { promised: FIRST, entries: a.entries },
    }).wakesOnTime();
    again.hears('B', { type: 'answer', round: 1, verdict: 'ok', promised: FIRST }).syncs();
    again.hears('C', {
      type: 'voted',
      epoch: epoch('2.A'),
      granted: true,
      promised: epoch('2.A'),
      diskId: 'disk-of-C',
    });
    expect(again.replica.leading).toBeUndefined();
    again.hears('B', {
      type: 'voted',
      epoch: epoch('2.A'),
      granted: true,
      promised: epoch('2.A'),
      diskId: 'disk-of-B',
    });
    expect(again.leading.epoch).toEqual(epoch('2.A'));
  });
});

test('§5.4: A new primary gives no vote to whoever lacks what was acknowledged before it: of that it knows little itself', () => {
  const configuration = configurationOf([member('A', 4), member('B', 3), member('D', 2)], [member('C', 1)]);
  const a = makePrimary(new Actor('A', { configuration, settings: { readmitAfter: 300 } }), 'B', 'D').syncs();
  const wait = (): Actor => {
    for (const until = a.millis + 1_000; a.millis < until;) {
      a.wakesOnTime().syncs();
      for (const peer of ['B', 'C', 'D']) a.hears(peer, heard(a, peer));
    }
    return a;
  };
  // Its no-op is safe with D; the disk of B is slow, so nothing is visible yet, and C, with an empty log, is not behind that.
  acknowledged(a, 'D');
  expect(a.leading.raftCommit).toBe(1);
  expect(wait().replica.commit).toBe(0);
  expect(a.voters).toEqual(['A', 'B', 'D']);
  acknowledged(a, 'C');
  expect(wait().voters).toEqual(['A', 'B', 'C', 'D']);
});
